"""What Prefect's own client reads: one JSON object, from each NAME to its value.

    load.py NAME...

A name that is not there has no member. The value is the raw one, a string where it is a string.
"""

import json
import sys

from prefect.blocks.system import Secret


def main():
    found = {}
    for name in sys.argv[1:]:
        try:
            found[name] = Secret.load(name).value.get_secret_value()
        except ValueError as error:
            if "Unable to find block document" not in str(error):
                raise
    json.dump(found, sys.stdout)


main()
