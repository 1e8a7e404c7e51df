"""Fail if a name of the public face has no complete type. Run by ``tox -e types``.

``pyright --verifytypes`` counts the conformance tests as public too. They are nobody's interface,
and their fixtures carry no types; every other name must be known to the last parameter.
"""

import json
import subprocess
import sys

TESTS = "syncprims.conformance.test_"

found = subprocess.run(
    ["pyright", "--verifytypes", "syncprims", "--ignoreexternal", "--outputjson"],
    capture_output=True,
    text=True,
)
symbols = json.loads(found.stdout)["typeCompleteness"]["symbols"]
public = [each for each in symbols if each["isExported"] and not each["name"].startswith(TESTS)]
unknown = [each["name"] for each in public if not each["isTypeKnown"] or each["isTypeAmbiguous"]]
print(f"{len(public) - len(unknown)} of {len(public)} public names have complete types")
sys.exit("\n".join(unknown) if unknown or not public else 0)
