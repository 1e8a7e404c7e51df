"""A race that tests pass by: found, run again, repaired, and the repair proved.

``Writer`` writes lines in a thread of its own. ``write`` looks whether the writer is closed, puts
the line into the queue and returns True. If another thread closes it just in between, the line
comes behind the None that ends the thread, and nobody writes it: ``write`` has returned True all
the same. No test meets that moment but by luck. ``explore`` runs the scenario in every order of
steps that can make a difference, and comes to it.

    step  caller                     main                   writer
    1     closed is False
    2                                closed = True
    3                                puts None
    4                                                       gets None, ends
    5     puts "bye", returns True

The repair: a lock makes looking and putting one thing. Its verdict is "proved": no order of steps
fails. What that does not prove is on the page docs/how-to/explore.md.

Output:

    Writer: failed, exception: AssertionError in main
    schedule: 0g1s2s3-1bg5a6r-2bg4g5-0p4g5a6r7r6-1a7a6re2-2a6re3-0j3g1j2p8
    the same again, 20 times of 20: True
    SafeWriter: proved
"""

import queue
import threading

from syncprims.explore import explore, replay, watch


class Writer:
    def __init__(self):
        self.lines = queue.Queue()
        self.closed = False
        self.written = []
        self.thread = threading.Thread(target=self.work, name="writer")

    def write(self, line):
        if self.closed:
            return False
        self.lines.put(line)
        return True

    def close(self):
        self.closed = True
        self.lines.put(None)

    def work(self):
        while (line := self.lines.get()) is not None:
            self.written.append(line)


class SafeWriter(Writer):
    def __init__(self):
        super().__init__()
        self.closing = threading.Lock()  # guards: closed, and what goes into lines

    def write(self, line):
        with self.closing:
            return super().write(line)

    def close(self):
        with self.closing:
            super().close()


def last_line(kind=Writer):
    writer, taken = watch(kind()), []
    caller = threading.Thread(target=lambda: taken.append(writer.write("bye")), name="caller")
    writer.thread.start()
    caller.start()
    writer.close()
    caller.join()
    writer.thread.join()
    assert writer.written == ["bye"] * taken[0]


result = explore(last_line)
print(f"Writer: {result.verdict}, {result.claim.partition(', at')[0]}")
print("schedule:", result.failure.schedule)
again = [replay(last_line, result.failure.schedule).failure.trace for _ in range(20)]
print("the same again, 20 times of 20:", again == [result.failure.trace] * 20)
print("SafeWriter:", explore(lambda: last_line(SafeWriter)).verdict)
