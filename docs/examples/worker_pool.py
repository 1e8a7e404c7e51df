"""A pool of named workers that take jobs from a bounded queue, and a clean end.

``put`` sleeps while four jobs are waiting, so a fast producer cannot fill the memory. ``get``
sleeps while there is no job. After ``join`` all jobs are done; after ``shutdown`` each worker's
next ``get`` raises ShutDown, and the worker leaves.

Two ways to get this wrong:

``while jobs.empty(): pass`` is busy waiting: it asks a million times a second, on a processor that
the producer could use. ``get`` sleeps and is woken.

``while not jobs.empty(): job = jobs.get()`` checks, then gets; other threads run in between. Two
workers see the last job, one gets it, and the other sleeps in ``get`` for ever. Or the producer is
only slow: the queue is empty for a moment, all workers leave, and the jobs to come stay undone.
Empty now says nothing about later. ``shutdown`` does.

Output:

    done: 0 1 4 9 16 25 36 49 64 81 100 121
    failed: 'nine': TypeError
    left: worker-1 worker-2 worker-3
    waiting: 0, unfinished: 0
"""

import syncprims as queue
import syncprims as threading

jobs = queue.Queue(maxsize=4)
done = queue.SimpleQueue()
failed = queue.SimpleQueue()
left = queue.SimpleQueue()


def work():
    while True:
        try:
            number = jobs.get()
        except queue.ShutDown:
            break
        try:
            done.put(number * number)
        except Exception as error:  # a job that fails must not take its worker with it
            failed.put(f"{number!r}: {type(error).__name__}")
        finally:
            jobs.task_done()  # also for a failed job, or join would wait for ever
    left.put(threading.current_thread().name)


def contents(results):
    """Return all that is in a queue, sorted; for when nobody else uses it any more."""
    return sorted(results.get() for _ in range(results.qsize()))


workers = [threading.Thread(target=work, name=f"worker-{number}") for number in (1, 2, 3)]
for worker in workers:
    worker.start()
for number in [*range(9), "nine", 9, 10, 11]:
    jobs.put(number)
jobs.join()
jobs.shutdown()
for worker in workers:
    worker.join()

print("done:", *contents(done))
print("failed:", *contents(failed))
print("left:", *contents(left))
print(f"waiting: {jobs.qsize()}, unfinished: {jobs.unfinished_tasks}")
