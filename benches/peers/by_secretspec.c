/*
 * SecretSpec's C library, as `cargo xtask bench --peers` measures it (see subject.h).
 *
 *     by_secretspec once|serve COUNT MANIFEST PROVIDER
 *
 * A round is one call: SecretSpec resolves a manifest, all of it at once, and answers in JSON. It
 * keeps nothing from one call to the next. The values are read out of the answer in one pass, and
 * wiped, which a careful caller would do.
 */
#include "subject.h"

extern char *secretspec_resolve(const char *request);
extern void secretspec_free(char *answer);

static char request[4096];
static char *answer;

static void get(void)
{
    static const char member[] = "\"" NAME, value[] = "\"value\":\"";
    int found = 0;
    answer = secretspec_resolve(request);
    if (!answer || strncmp(answer, "{\"ok\":true,", 11) != 0)
        die(answer ? answer : "no answer");
    for (const char *at = answer; (at = strstr(at, member)); found++) {
        at += sizeof member - 1;
        int secret = atoi(at);
        const char *start = strstr(at, value);
        if (!start)
            die("no value");
        start += sizeof value - 1;
        const char *end = strchr(start, '"');
        if (!end)
            die("no end");
        check(secret, start, (size_t)(end - start));
        at = end;
    }
    if (found != count)
        die("not all of them");
}

static void give_back(void)
{
    explicit_bzero(answer, strlen(answer));
    secretspec_free(answer);
}

static void ask(void)
{
    get();
    give_back();
}

static void hold(void)
{
    get();
}

static void release(void)
{
    give_back();
}

int main(int argc, char **argv)
{
    if (argc != 5 || (count = atoi(argv[2])) < 1 || count > MOST)
        return 2;
    snprintf(request, sizeof request,
             "{\"path\":\"%s\",\"provider\":\"%s\",\"reason\":\"bench\"}", argv[3], argv[4]);
    return subject(argc, argv);
}
