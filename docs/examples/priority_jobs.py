"""Jobs done in order of priority, and in order of arrival where the priority is the same.

A PriorityQueue gives back the least item. An item here is ``(priority, ticket, job)``: the least
priority comes first; of equal priorities the lower ticket, that is, the older job; and since no two
tickets are equal, the jobs themselves are never compared. Without tickets two jobs of one priority
would be compared, and functions cannot be: ``put`` would raise TypeError.

A more urgent job does not stop the one that is being done; it is next. Here all jobs are put before
the worker starts, so the order is certain.

Output:

    Job 1: put out the fire
    Job 2: answer the telephone
    Job 2: open the door
    Job 7: water the flowers
    without a ticket: TypeError, and the queue holds 1 job
"""

from itertools import count

import syncprims as queue
import syncprims as threading

jobs = queue.PriorityQueue()
tickets = count()


def submit(priority, job):
    jobs.put((priority, next(tickets), job))


def work():
    while True:
        try:
            priority, _, job = jobs.get()
        except queue.ShutDown:
            return
        print(f"Job {priority}: ", end="")
        job()
        jobs.task_done()


submit(7, lambda: print("water the flowers"))
submit(2, lambda: print("answer the telephone"))
submit(2, lambda: print("open the door"))
submit(1, lambda: print("put out the fire"))
jobs.shutdown()  # no more jobs; those that wait are still done
worker = threading.Thread(target=work, name="worker")
worker.start()
worker.join()

untidy = queue.PriorityQueue()
untidy.put((2, print))
try:
    untidy.put((2, len))
except TypeError as error:
    print(f"without a ticket: {type(error).__name__}, and the queue holds {untidy.qsize()} job")
