"""Two threads that print, without a lock and then under one lock.

A line printed in two steps is not one line: between the steps another thread may print. Here Ann
stops between her two steps and gives Bob every chance to break in.

Without the lock Bob takes the chance, and lands in the middle of Ann's line. With the lock:

    step  Ann                     Bob                        the lock
    1     takes the lock                                     held by Ann
    2     prints "Ann: one,"                                 held by Ann
    3     waits for Bob, in vain  wants the lock and sleeps  held by Ann, Bob waits for it
    4     prints "two"                                       held by Ann, Bob waits for it
    5     releases the lock       wakes with the lock        held by Bob
    6                             prints "Bob: one, two"     held by Bob

The lock does not belong to ``print``. It protects the output only because both threads take the
same one around everything that must stay together.

Output:

    without a lock
    Ann: one, Bob: one, two
    two
    under one lock
    Ann: one, two
    Bob: one, two
"""

from contextlib import nullcontext

import syncprims as threading


def conversation(lock, patience):
    """Let Ann and Bob print; Ann waits `patience` seconds for Bob in the middle of her line."""
    ann_began, bob_done = threading.Event(), threading.Event()

    def ann():
        with lock:
            print("Ann: one,", end=" ")
            ann_began.set()
            bob_done.wait(patience)
            print("two")

    def bob():
        ann_began.wait()
        with lock:
            print("Bob: one, two")
        bob_done.set()

    threads = [threading.Thread(target=ann, name="Ann"), threading.Thread(target=bob, name="Bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


print("without a lock")
conversation(nullcontext(), patience=60)  # ends as soon as Bob has printed
print("under one lock")
conversation(threading.Lock(), patience=0.05)  # however long: Bob cannot come
