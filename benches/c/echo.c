/* The floor of `isolation.rs`: reads 64 bytes from descriptor 0 and writes them back, for ever. */
#include <unistd.h>

int main(void)
{
    char bytes[64];
    while (read(0, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        if (write(0, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
            return 1;
    return 0;
}
