#include <inttypes.h>
#include <stdio.h>

#include "dissect/ike/ike.h"

struct row {
	uint32_t number;
	const char *name, *meaning;
};

#define ROW(number, name, meaning) { number, #name, meaning },
static const struct row ike1_exchanges[] = {
#include "dissect/tables/ike1_exchange.def"
};
static const struct row ike2_exchanges[] = {
#include "dissect/tables/ike2_exchange.def"
};
static const struct row ike1_payloads[] = {
#include "dissect/tables/ike1_payload.def"
};
static const struct row ike2_payloads[] = {
#include "dissect/tables/ike2_payload.def"
};
static const struct row ike1_notifys[] = {
#include "dissect/tables/ike1_notify.def"
};
static const struct row ike2_notifys[] = {
#include "dissect/tables/ike2_notify.def"
};
static const struct row transform_types[] = {
#include "dissect/tables/transform_type.def"
};
static const struct row encrs[] = {
#include "dissect/tables/encr.def"
};
static const struct row prfs[] = {
#include "dissect/tables/prf.def"
};
static const struct row integs[] = {
#include "dissect/tables/integ.def"
};
static const struct row groups[] = {
#include "dissect/tables/group.def"
};
static const struct row sns[] = {
#include "dissect/tables/sn.def"
};
static const struct row ike1_encrs[] = {
#include "dissect/tables/ike1_encr.def"
};
static const struct row ike1_hashs[] = {
#include "dissect/tables/ike1_hash.def"
};
static const struct row ike1_auths[] = {
#include "dissect/tables/ike1_auth.def"
};
static const struct row ike1_group_types[] = {
#include "dissect/tables/ike1_group_type.def"
};
static const struct row ike1_life_types[] = {
#include "dissect/tables/ike1_life_type.def"
};
static const struct row ike1_attributes[] = {
#include "dissect/tables/ike1_attribute.def"
};
static const struct row ipsec_attributes[] = {
#include "dissect/tables/ipsec_attribute.def"
};
static const struct row ipsec_esps[] = {
#include "dissect/tables/ipsec_esp.def"
};
static const struct row ipsec_ahs[] = {
#include "dissect/tables/ipsec_ah.def"
};
static const struct row ipsec_ipcomps[] = {
#include "dissect/tables/ipsec_ipcomp.def"
};
static const struct row ipsec_encapsulations[] = {
#include "dissect/tables/ipsec_encapsulation.def"
};
static const struct row ipsec_auths[] = {
#include "dissect/tables/ipsec_auth.def"
};
static const struct row ike1_id_types[] = {
#include "dissect/tables/ike1_id_type.def"
};
static const struct row ike2_id_types[] = {
#include "dissect/tables/ike2_id_type.def"
};
static const struct row cert_encodings[] = {
#include "dissect/tables/cert_encoding.def"
};
static const struct row auth_methods[] = {
#include "dissect/tables/auth_method.def"
};
static const struct row config_attributes[] = {
#include "dissect/tables/config_attribute.def"
};
static const struct row config_types[] = {
#include "dissect/tables/config_type.def"
};
static const struct row protocols[] = {
#include "dissect/tables/protocol.def"
};
static const struct row kwas[] = {
#include "dissect/tables/kwa.def"
};
static const struct row gcauths[] = {
#include "dissect/tables/gcauth.def"
};
static const struct row signature_hashes[] = {
#include "dissect/tables/signature_hash.def"
};
#undef ROW

static const struct table {
	const struct row *rows;
	size_t len;
} tables[IKE_TABLES] = {
#define TABLE(table, rows) [table] = { rows, sizeof rows / sizeof *rows },
	TABLE(IKE1_EXCHANGES, ike1_exchanges)
	TABLE(IKE2_EXCHANGES, ike2_exchanges)
	TABLE(IKE1_PAYLOADS, ike1_payloads)
	TABLE(IKE2_PAYLOADS, ike2_payloads)
	TABLE(IKE1_NOTIFIES, ike1_notifys)
	TABLE(IKE2_NOTIFIES, ike2_notifys)
	TABLE(IKE2_TRANSFORM_TYPES, transform_types)
	TABLE(IKE_ENCR, encrs)
	TABLE(IKE_PRF, prfs)
	TABLE(IKE_INTEG, integs)
	TABLE(IKE_GROUPS, groups)
	TABLE(IKE_SN, sns)
	TABLE(IKE1_ENCR, ike1_encrs)
	TABLE(IKE1_HASH, ike1_hashs)
	TABLE(IKE1_AUTH, ike1_auths)
	TABLE(IKE1_GROUP_TYPES, ike1_group_types)
	TABLE(IKE1_LIFE_TYPES, ike1_life_types)
	TABLE(IKE1_ATTRIBUTES, ike1_attributes)
	TABLE(IKE1_IPSEC_ATTRIBUTES, ipsec_attributes)
	TABLE(IKE1_ESP, ipsec_esps)
	TABLE(IKE1_AH, ipsec_ahs)
	TABLE(IKE1_IPCOMP, ipsec_ipcomps)
	TABLE(IKE1_ENCAPSULATION, ipsec_encapsulations)
	TABLE(IKE1_IPSEC_AUTH, ipsec_auths)
	TABLE(IKE1_ID_TYPES, ike1_id_types)
	TABLE(IKE2_ID_TYPES, ike2_id_types)
	TABLE(IKE_CERT_ENCODINGS, cert_encodings)
	TABLE(IKE2_AUTH_METHODS, auth_methods)
	TABLE(IKE_CONFIG_ATTRIBUTES, config_attributes)
	TABLE(IKE_CONFIG_TYPES, config_types)
	TABLE(IKE_PROTOCOLS, protocols)
	TABLE(IKE_KWA, kwas)
	TABLE(IKE_GCAUTH, gcauths)
	TABLE(IKE_SIGNATURE_HASHES, signature_hashes)
#undef TABLE
};

/* The rows ascend. */
static const struct row *find(enum ike_table table, uint32_t number)
{
	const struct row *rows = tables[table].rows;
	size_t from = 0, to = tables[table].len;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (rows[middle].number == number)
			return &rows[middle];
		if (rows[middle].number < number)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

const char *ike_name(enum ike_table table, uint32_t number)
{
	const struct row *row = find(table, number);

	return row ? row->name : NULL;
}

const char *ike_meaning(enum ike_table table, uint32_t number)
{
	const struct row *row = find(table, number);

	return row ? row->meaning : NULL;
}

bool ike_row(enum ike_table table, size_t i, uint32_t *ret_number, const char **ret_name,
	     const char **ret_meaning)
{
	if (i >= tables[table].len)
		return false;
	*ret_number = tables[table].rows[i].number;
	*ret_name = tables[table].rows[i].name;
	*ret_meaning = tables[table].rows[i].meaning;
	return true;
}

const char *ike_name_or(enum ike_table table, uint32_t number, char buf[IKE_NAME_TEXT])
{
	const char *name = ike_name(table, number);

	if (name)
		return name;
	snprintf(buf, IKE_NAME_TEXT, "TYPE_%" PRIu32, number);
	return buf;
}
