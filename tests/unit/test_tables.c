/* Every table ascends, and every row of it is found by its number. */
#include <ctype.h>

#include "dissect/ike/ike.h"
#include "tests/unit/test_ike_tight.h"

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
	enum ike_table table;
	const char *file;
	const struct row *rows;
	size_t len;
} tables[] = {
#define TABLE(table, rows) { table, #rows, rows, sizeof rows / sizeof *rows },
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
enum { TABLES = sizeof tables / sizeof *tables };

enum match { EXACT, PREFIX, FIRST14 };
enum kind { FEATURE, PRODUCT };
static const struct vendor {
	enum match match;
	enum kind kind;
	const char *octets, *name;
} vendors[] = {
#define VENDOR(match, kind, octets, name) { match, kind, octets, name },
#include "dissect/tables/vendor_id.def"
#undef VENDOR
};
enum { VENDORS = sizeof vendors / sizeof *vendors };

START_TEST(every_table_is_here_once)
{
	ck_assert_int_eq(TABLES, IKE_TABLES);
	for (size_t i = 0; i < TABLES; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_int_ne(tables[i].table, tables[k].table);
}
END_TEST

START_TEST(every_table_ascends_without_duplicates)
{
	const struct table *t = &tables[_i];

	for (size_t i = 1; i < t->len; i++)
		ck_assert_msg(t->rows[i - 1].number < t->rows[i].number, "%s at %u", t->file,
			      t->rows[i].number);
}
END_TEST

START_TEST(every_row_is_found_and_what_has_no_row_is_not)
{
	const struct table *t = &tables[_i];
	size_t at = 0;

	for (uint32_t number = 0; number <= UINT16_MAX + 1; number++) {
		if (at < t->len && t->rows[at].number == number) {
			ck_assert_str_eq(ike_name(t->table, number), t->rows[at].name);
			ck_assert_str_eq(ike_meaning(t->table, number), t->rows[at].meaning);
			at++;
		} else if (ike_name(t->table, number) || ike_meaning(t->table, number)) {
			ck_abort_msg("%s has a name for %u", t->file, number);
		}
	}
	ck_assert_uint_eq(at, t->len);
}
END_TEST

START_TEST(names_and_meanings_are_words_for_people)
{
	const struct table *t = &tables[_i];

	for (size_t i = 0; i < t->len; i++) {
		const struct row *row = &t->rows[i];
		size_t len = strlen(row->meaning);

		ck_assert_uint_gt(strlen(row->name), 0);
		ck_assert_uint_lt(strlen(row->name), 48);
		ck_assert_uint_gt(len, 3);
		ck_assert_msg(len < 120 && row->meaning[len - 1] != '.', "%s", row->meaning);
		for (size_t k = 0; k < len; k++)
			if (!isprint((unsigned char)row->meaning[k]))
				ck_abort_msg("%s of %s", row->meaning, t->file);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(row->name, t->rows[k].name))
				ck_abort_msg("%s twice in %s", row->name, t->file);
	}
}
END_TEST

START_TEST(an_unknown_number_is_shown_as_a_number)
{
	char buf[IKE_NAME_TEXT];

	ck_assert_str_eq(ike_name_or(IKE2_EXCHANGES, 99, buf), "TYPE_99");
	ck_assert_str_eq(ike_name_or(IKE2_EXCHANGES, UINT32_MAX, buf), "TYPE_4294967295");
	ck_assert_str_eq(ike_name_or(IKE2_EXCHANGES, 34, buf), "IKE_SA_INIT");
}
END_TEST

START_TEST(names_are_written_as_the_field_writes_them)
{
	ck_assert_str_eq(ike_name(IKE2_NOTIFIES, 14), "NO_PROPOSAL_CHOSEN");
	ck_assert_str_eq(ike_name(IKE1_NOTIFIES, 14), "NO-PROPOSAL-CHOSEN");
	ck_assert_str_eq(ike_name(IKE1_NOTIFIES, 36136), "R-U-THERE");
	ck_assert_str_eq(ike_name(IKE_GROUPS, 14), "MODP-2048");
	ck_assert_str_eq(ike_name(IKE_GROUPS, 31), "Curve25519");
	ck_assert_str_eq(ike_name(IKE_ENCR, 3), "3DES");
	ck_assert_str_eq(ike_name(IKE_ENCR, 11), "NULL");
	ck_assert_str_eq(ike_name(IKE1_AUTH, 1), "pre-shared key");
	ck_assert_str_eq(ike_name(IKE2_PAYLOADS, 36), "IDr");
}
END_TEST

START_TEST(a_private_number_of_two_vendors_takes_no_side)
{
	ck_assert_str_eq(ike_name(IKE2_NOTIFIES, 8192), "PRIVATE_8192");
	ck_assert_str_eq(ike_name(IKE2_NOTIFIES, 40961), "PRIVATE_40961");
}
END_TEST

static uint8_t octet(const char *hex)
{
	char two[3] = { hex[0], hex[1], 0 };

	return (uint8_t)strtoul(two, NULL, 16);
}

static const struct ike_vendor *vendor_of_hex(const char *hex, size_t len)
{
	uint8_t *tight = malloc(len ? len : 1);
	const struct ike_vendor *v;

	ck_assert_ptr_nonnull(tight);
	for (size_t i = 0; i < len; i++)
		tight[i] = octet(hex + 2 * i);
	v = ike_vendor_of((struct bytes){ tight, len });
	free(tight);
	return v;
}

static const char *vendor_name(const char *hex)
{
	const struct ike_vendor *v = vendor_of_hex(hex, strlen(hex) / 2);

	return v ? v->name : "unknown";
}

START_TEST(vendor_ids_ascend_without_duplicates)
{
	ck_assert_int_eq(VENDORS, 156);
	for (size_t i = 0; i < VENDORS; i++) {
		ck_assert_uint_eq(strlen(vendors[i].octets) % 2, 0);
		ck_assert_uint_eq(strspn(vendors[i].octets, "0123456789abcdef"),
				  strlen(vendors[i].octets));
		if (i)
			ck_assert_msg(strcmp(vendors[i - 1].octets, vendors[i].octets) < 0, "%s",
				      vendors[i].octets);
		if (vendors[i].match == FIRST14)
			ck_assert_uint_ge(strlen(vendors[i].octets), 28);
	}
}
END_TEST

START_TEST(every_vendor_id_is_found_as_itself)
{
	for (size_t i = 0; i < VENDORS; i++) {
		const struct vendor *want = &vendors[i];
		const struct ike_vendor *v = vendor_of_hex(want->octets, strlen(want->octets) / 2);

		ck_assert_ptr_nonnull(v);
		ck_assert_str_eq(v->name, want->name);
		ck_assert_int_eq(v->is_product, want->kind == PRODUCT);
	}
}
END_TEST

START_TEST(no_vendor_id_is_found_by_one_octet_less)
{
	for (size_t i = 0; i < VENDORS; i++) {
		size_t len = vendors[i].match == FIRST14 ? 14 : strlen(vendors[i].octets) / 2;
		const struct ike_vendor *v = vendor_of_hex(vendors[i].octets, len - 1);

		ck_assert(!v || strcmp(v->name, vendors[i].name));
	}
	ck_assert_ptr_null(ike_vendor_of((struct bytes){ NULL, 0 }));
}
END_TEST

START_TEST(the_longest_prefix_names_the_vendor)
{
	ck_assert_str_eq(vendor_name("4f454142434445464748494a"), "FreeS/WAN or Openswan");
	ck_assert_str_eq(vendor_name("4f454e42434445464748494a"), "Libreswan 3.0 to 3.5");
	ck_assert_str_eq(vendor_name("4f452d4c696272657377616e2d352e30"), "Libreswan");
	ck_assert_str_eq(vendor_name("5b362bc820f60003"), "SonicWall");
}
END_TEST

START_TEST(an_exact_vendor_id_is_whole_or_nothing)
{
	ck_assert_str_eq(vendor_name("882fe56d6fd20dbc2251613b2ebe5beb"), "strongSwan");
	ck_assert_str_eq(vendor_name("882fe56d6fd20dbc2251613b2ebe5beb00"), "unknown");
	ck_assert_str_eq(vendor_name("09002689dfd6b712"), "XAUTH");
	ck_assert_str_eq(vendor_name("09002689dfd6b71280a224dec33b81e5"), "XAUTH (long form)");
	ck_assert_str_eq(vendor_name("09002689dfd6b71280"), "unknown");
}
END_TEST

START_TEST(the_version_behind_fourteen_octets_does_not_matter)
{
	const char *dpd = "DPD (dead peer detection, RFC 3706)";

	ck_assert_str_eq(vendor_name("afcad71368a1f1c96b8696fc77570100"), dpd);
	ck_assert_str_eq(vendor_name("afcad71368a1f1c96b8696fc77570201"), dpd);
	ck_assert_str_eq(vendor_name("afcad71368a1f1c96b8696fc7757"), dpd);
	ck_assert_str_eq(vendor_name("afcad71368a1f1c96b8696fc77580100"), "unknown");
	ck_assert_str_eq(vendor_name("12f5f28c457168a9702d9fe274cc0204"), "Cisco Unity");
}
END_TEST

START_TEST(fragmentation_and_nat_t_can_be_told_from_their_names)
{
	ck_assert_ptr_nonnull(strstr(vendor_name("4048b7d56ebce88525e7de7f00d6c2d380000000"),
				     "FRAGMENTATION"));
	ck_assert_ptr_nonnull(strstr(vendor_name("4a131c81070358455c5728f20e95452f"), "NAT-T"));
	ck_assert_ptr_nonnull(strstr(vendor_name("90cb80913ebb696e086381b5ec427b1f"), "NAT-T"));
	ck_assert_ptr_null(strstr(vendor_name("09002689dfd6b712"), "NAT-T"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tables");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_test(t, every_table_is_here_once);
	tcase_add_loop_test(t, every_table_ascends_without_duplicates, 0, TABLES);
	tcase_add_loop_test(t, every_row_is_found_and_what_has_no_row_is_not, 0, TABLES);
	tcase_add_loop_test(t, names_and_meanings_are_words_for_people, 0, TABLES);
	tcase_add_test(t, an_unknown_number_is_shown_as_a_number);
	tcase_add_test(t, names_are_written_as_the_field_writes_them);
	tcase_add_test(t, a_private_number_of_two_vendors_takes_no_side);
	tcase_add_test(t, vendor_ids_ascend_without_duplicates);
	tcase_add_test(t, every_vendor_id_is_found_as_itself);
	tcase_add_test(t, no_vendor_id_is_found_by_one_octet_less);
	tcase_add_test(t, the_longest_prefix_names_the_vendor);
	tcase_add_test(t, an_exact_vendor_id_is_whole_or_nothing);
	tcase_add_test(t, the_version_behind_fourteen_octets_does_not_matter);
	tcase_add_test(t, fragmentation_and_nat_t_can_be_told_from_their_names);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
