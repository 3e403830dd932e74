/* usage: empty_loop FILE - what libpcap costs when nothing is done with the packets. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *bytes;
	unsigned long packets = 0;
	pcap_t *p;

	if (argc != 2 || !(p = pcap_open_offline(argv[1], why))) {
		fprintf(stderr, "usage: empty_loop FILE\n");
		return 2;
	}
	while (pcap_next_ex(p, &h, &bytes) == 1)
		packets++;
	printf("%lu\n", packets);
	pcap_close(p);
	return 0;
}
