"""fasteners' lock for readers and a writer, with writers alone: an RLock."""

import fasteners


class RLock(fasteners.ReaderWriterLock):
    acquire = fasteners.ReaderWriterLock.acquire_write_lock
    release = fasteners.ReaderWriterLock.release_write_lock

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *raised):
        self.release()
