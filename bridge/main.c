#include "daemon/daemon.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "daemon") == 0) {
        return hb_daemon_main(argc - 1, argv + 1);
    }
    fprintf(stderr, "usage: hotbridge daemon\n");
    return 2;
}
