/*
 * Whose program speaks at each end, as its vendor ids tell: for advice in the
 * dialect of the device. Many send none, and some send those of another maker
 * to be understood by it: the first row that fits counts.
 */
#include "analyzer/track/state.h"

static const struct dialect {
	const char *vendor, *name; /* vendor: the beginning of a name in vendor_id.def */
} dialects[] = {
	{ "strongSwan", "strongSwan" },
	{ "Libreswan", "Libreswan" },
	{ "Openswan", "Openswan" },
	{ "FreeS/WAN or Openswan", "Openswan" },
	{ "OpenIKED", "OpenIKED" },
	{ "racoon", "racoon" },
	{ "ipsec-tools", "racoon" },
	{ "FortiGate", "FortiGate" },
	{ "Fortinet", "FortiGate" },
	{ "FortiClient", "FortiClient" },
	{ "Check Point", "Check Point" },
	{ "NetScreen", "Juniper" },
	{ "probably Juniper", "Juniper" },
	{ "SonicWall (", "SonicWall" },
	{ "ZyXEL", "ZyXEL" },
	{ "StoneGate", "StoneGate" },
	{ "Aruba", "Aruba" },
	{ "Shrew Soft", "Shrew Soft" },
	{ "NCP", "NCP" },
	{ "Apple", "Apple" },
	{ "Microsoft", "Windows" },
	{ "Cisco VPN 3000 client", "Cisco VPN client" },
	{ "Cisco VPN 3000 or ASA", "Cisco ASA" },
	{ "Cisco ASA", "Cisco ASA" },
	{ "Cisco FlexVPN", "Cisco IOS" },
	{ "Cisco IOS", "Cisco IOS" },
	{ "Cisco VPN revision", "Cisco" },
	{ "Cisco dynamic route", "Cisco" },
	{ "Cisco delete reason", "Cisco" },
};

static bool sends(const struct tunnel *n, int end, const struct dialect *d)
{
	for (uint32_t i = 0; i < n->attempts_len; i++)
		for (uint32_t k = 0; k < n->attempts[i]->vendors_len[end]; k++)
			if (!strncmp(n->attempts[i]->vendors[end][k]->name, d->vendor, strlen(d->vendor)))
				return true;
	return false;
}

static json_t *name_of(const struct tunnel *n, int end)
{
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
		if (sends(n, end, &dialects[i]))
			return json_string(dialects[i].name);
	return NULL;
}

json_t *implementation_facts(const struct told *told)
{
	json_t *end0 = name_of(told->tunnel, 0), *end1 = name_of(told->tunnel, 1);

	return end0 || end1 ? told_sides(told, end0, end1) : NULL;
}
