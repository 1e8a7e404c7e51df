"""Threads for scenarios: what they all do with them."""

import threading

from syncprims.explore import watch


def together(*functions):
    """Run functions in threads of their own, wait for all, return what they returned."""
    found = {}

    def run(index, function):
        found[index] = function()

    threads = [
        threading.Thread(target=run, args=each, name=f"thread {each[0]}")
        for each in enumerate(functions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found.get(index) for index in range(len(functions))]


class State:
    """Something to hold shared data, watched."""

    def __init__(self, **values):
        self.__dict__.update(values)
        watch(self)


class Room:
    """A place where one thread may be at a time, watched: entering and leaving are steps."""

    def __init__(self):
        self.taken = False
        watch(self)

    def __enter__(self):
        assert not self.taken, "two are inside"
        self.taken = True

    def __exit__(self, *exc_info):
        self.taken = False
