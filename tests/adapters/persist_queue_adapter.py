"""persist-queue's queues, each in a folder of its own; those of SQLite know no maxsize."""

import tempfile

import persistqueue
from persistqueue import Empty as Empty, Full as Full

_FOLDER = tempfile.TemporaryDirectory()

DEVIATIONS = "persist_queue.txt"


def Queue(maxsize=0):
    return persistqueue.Queue(tempfile.mkdtemp(dir=_FOLDER.name), maxsize)


def LifoQueue():
    folder = tempfile.mkdtemp(dir=_FOLDER.name)
    return persistqueue.FILOSQLiteQueue(folder, multithreading=True)
