/*
 * No library: getenv, as `cargo xtask bench --peers` measures it (see subject.h).
 *
 *     by_hand once|serve COUNT
 */
#include "subject.h"

static char *copies[MOST];
static label names[MOST];

static void hold(void)
{
    for (int i = 0; i < count; i++) {
        const char *value = getenv(names[i]);
        if (!value || !(copies[i] = strdup(value)))
            die("not set");
        check(i + 1, copies[i], strlen(copies[i]));
    }
}

static void release(void)
{
    for (int i = 0; i < count; i++) {
        explicit_bzero(copies[i], strlen(copies[i]));
        free(copies[i]);
    }
}

static void ask(void)
{
    hold();
    release();
}

int main(int argc, char **argv)
{
    if (argc != 3 || (count = atoi(argv[2])) < 1 || count > MOST)
        return 2;
    for (int i = 0; i < count; i++)
        snprintf(names[i], sizeof names[i], NAME "%04d", i + 1);
    return subject(argc, argv);
}
