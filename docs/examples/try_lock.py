"""acquire(blocking=False) returns at once, whether it got the lock or not.

The clerk has the lock. The visitor asks for it without waiting, gets False, and has something else
to do. Only who got True may, and must, release. ``with`` always waits; so a try is written with
``if`` and ``try``.

    step  clerk                  visitor                     the lock
    1     takes it                                           held by the clerk
    2     sleeps in gone.wait    asks: False, goes on        held by the clerk
    3     releases it                                        free
    4                            asks again: True            held by the visitor
    5                            releases it                 free

Asking again and again in a loop would be busy waiting. Who has nothing else to do calls
``acquire()`` and sleeps, or gives it some seconds with ``acquire(timeout=...)``.

Output:

    visitor: the desk is taken, reading the newspaper
    visitor: still taken after 0.05 seconds
    clerk: done
    visitor: at the desk
    free again: True
"""

import syncprims as threading

desk = threading.Lock()
taken, gone = threading.Event(), threading.Event()


def clerk():
    with desk:
        taken.set()
        gone.wait()
        print("clerk: done")


def visit():
    """Use the desk if it is free; return whether it was."""
    if not desk.acquire(blocking=False):
        return False
    try:
        print("visitor: at the desk")
    finally:
        desk.release()
    return True


thread = threading.Thread(target=clerk, name="clerk")
thread.start()
taken.wait()
if not visit():
    print("visitor: the desk is taken, reading the newspaper")
if not desk.acquire(timeout=0.05):
    print("visitor: still taken after 0.05 seconds")
gone.set()
thread.join()
visit()
print("free again:", not desk.locked())
