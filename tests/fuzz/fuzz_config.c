// SPDX-License-Identifier: BSD-3-Clause
// A configuration file of any content: either a configuration within its limits, or a message for
// each error that names file and line.
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "wb_config.h"

static bool
ends(const char *text, size_t room)
{
	return memchr(text, 0, room) != NULL;
}

static void
check_config(const struct wb_config *c)
{
	FUZZ_CHECK(c->n_ports <= WB_CONFIG_PORTS && c->n_edges <= WB_CONFIG_EDGES);
	FUZZ_CHECK(c->n_workers <= WB_CONFIG_WORKERS && c->n_eal <= WB_CONFIG_EAL);
	FUZZ_CHECK(ends(c->name, sizeof(c->name)) && c->name[0]);
	FUZZ_CHECK(ends(c->private_key_file, sizeof(c->private_key_file)));
	FUZZ_CHECK(ends(c->scheduler, sizeof(c->scheduler)));
	for (unsigned i = 0; i < c->n_eal; i++)
		FUZZ_CHECK(c->eal[i] != NULL);
	FUZZ_CHECK(c->hub.n_hosts <= WB_CONFIG_HOSTS && c->hub.n_resolvers <= WB_CONFIG_RESOLVERS);
	for (unsigned i = 0; i < c->hub.n_hosts; i++) {
		const struct wb_config_host *h = &c->hub.hosts[i];

		FUZZ_CHECK(ends(h->name, sizeof(h->name)));
		FUZZ_CHECK((h->name[0] != 0) != (h->address.family == 4));
	}
	for (unsigned i = 0; i < c->n_ports; i++) {
		FUZZ_CHECK(ends(c->ports[i].name, sizeof(c->ports[i].name)) && c->ports[i].name[0]);
		for (unsigned k = 0; k < i; k++) // a name is a port's
			FUZZ_CHECK(strcmp(c->ports[i].name, c->ports[k].name) != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char err[4096];
	char *text = malloc(size + 1);
	struct wb_config *c;
	size_t room = size % 3 ? sizeof(err) : 64; // a message is cut, not written past the end

	memcpy(text, data, size);
	text[size] = 0;
	memset(err, 'x', sizeof(err));
	c = wb_config_parse(text, "F.json", "/etc/wanbond", err, room);
	FUZZ_CHECK(ends(err, room));
	FUZZ_CHECK(room == sizeof(err) || err[room] == 'x');
	if (c)
		check_config(c);
	else
		FUZZ_CHECK(strncmp(err, "F.json:", 7) == 0);
	wb_config_free(c);
	free(text);
	return 0;
}

size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	static const char key[] = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
	char *out = (char *)buf;

	switch (i) {
	case 0:
		return (size_t)snprintf(out, FUZZ_INPUT_MAX,
			"{\"role\": \"edge\", \"name\": \"home\", \"eal\": [\"--no-pci\"], "
			"\"workers\": [1],\n"
			"\"idle\": \"adaptive\", \"private_key_file\": \"edge.key\",\n"
			"\"ports\": [{\"name\": \"lan\", \"use\": \"lan\", \"dev\": "
			"\"net_af_packet0,iface=l\"},\n"
			"{\"name\": \"a\", \"use\": \"wan\", \"dev\": \"net_af_xdp1,iface=w\", "
			"\"rate\": \"auto\"},\n"
			"{\"name\": \"b\", \"use\": \"wan\", \"dev\": \"0000:01:00.0\"}],\n"
			"\"hub\": {\"address\": \"203.0.113.10\", \"port\": 65500, \"public_key\": "
			"\"%s\"}}",
			key);
	case 1:
		return (size_t)snprintf(out, FUZZ_INPUT_MAX,
			"{\"role\": \"hub\", \"name\": \"vps\", \"private_key_file\": "
			"\"/k/hub.key\",\n"
			"\"listen\": 65500, \"ports\": [{\"name\": \"up\", \"use\": \"uplink\",\n"
			"\"dev\": \"net_af_xdp0,iface=eth0\"}], \"egress\": {\"tap\": \"wb0\"},\n"
			"\"edges\": [{\"name\": \"home\", \"public_key\": \"%s\",\n"
			"\"networks\": [\"192.168.40.0/24\", \"2001:db8::/32\"]}]}",
			key);
	case 2:
		return (size_t)snprintf(
			out, FUZZ_INPUT_MAX, "{\"rol\": 7, \"name\": [], \"ports\": {}}");
	}
	return 0;
}
