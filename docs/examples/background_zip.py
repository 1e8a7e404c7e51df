"""Zip a file in a background thread while the main program goes on, then wait for it.

The main program needs the archive only at the end. What came of the thread travels through a queue:
the archive's path, or the exception. An exception that stays in its thread is lost to the others:
``join`` does not raise it.

    step  main                      zipper               the outcome
    1     starts the zipper                              nothing
    2     adds up numbers           compresses           nothing
    3     sleeps in join            puts the path, ends  the path
    4     wakes, takes the outcome                       nothing

Only the main thread prints, so the output is the same whichever is faster.

Output:

    main: the zipper has started
    main: meanwhile, the sum of the first million numbers is 499999500000
    main: notes.txt, 120000 bytes, is in notes.zip and intact
"""

import tempfile
import zipfile
from pathlib import Path

import syncprims as queue
import syncprims as threading


def zip_file(source, archive, outcome):
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.write(source, source.name)
        outcome.put(archive)
    except Exception as error:
        outcome.put(error)


with tempfile.TemporaryDirectory() as folder:
    notes = Path(folder, "notes.txt")
    notes.write_bytes(b"threads share their data" * 5000)

    outcome = queue.SimpleQueue()
    zipper = threading.Thread(target=zip_file, args=(notes, Path(folder, "notes.zip"), outcome))
    zipper.start()
    print("main: the zipper has started")
    print("main: meanwhile, the sum of the first million numbers is", sum(range(1_000_000)))
    zipper.join()

    result = outcome.get()
    if isinstance(result, Exception):
        raise result
    with zipfile.ZipFile(result) as archive:
        (entry,) = archive.infolist()
        state = "intact" if archive.testzip() is None else "damaged"
    print(f"main: {entry.filename}, {entry.file_size} bytes, is in {result.name} and {state}")
