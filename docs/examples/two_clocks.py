"""Two clocks that tick in threads of their own: a class derived from Thread, with its ``run``.

Each clock waits for its turn, prints, and gives the turn to the other. Without turns the two would
print whenever the system lets them, and the output would be another each time.

    step  tick                    tock                    whose turn
    1     prints, sets tock's     sleeps in wait          tock's
    2     sleeps in wait          wakes, prints           tick's
    3     wakes, prints           sleeps in wait          tock's

Output:

    tick 1
    tock 1
    tick 2
    tock 2
    tick 3
    tock 3
    both clocks have stopped
"""

import syncprims as threading


class Clock(threading.Thread):
    def __init__(self, sound, mine, other):
        super().__init__(name=sound)
        self.mine, self.other = mine, other

    def run(self):
        for number in (1, 2, 3):
            self.mine.wait()
            self.mine.clear()
            print(threading.current_thread().name, number)
            self.other.set()


ticks, tocks = threading.Event(), threading.Event()
clocks = [Clock("tick", ticks, tocks), Clock("tock", tocks, ticks)]
for clock in clocks:
    clock.start()
ticks.set()
for clock in clocks:
    clock.join()
print("both clocks have stopped")
