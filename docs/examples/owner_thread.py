"""One thread owns the data; the others send it requests and wait for the replies.

The accounts are touched by their owner alone, so they need no lock: the owner deals with one
request at a time, and nobody comes in between its look at a balance and the change. Each request
carries a queue for its reply.

    step  client                          owner                       the accounts
    1     puts the request                sleeps in requests.get      ann 100, bob 0
    2     sleeps in reply.get             wakes with the request      ann 100, bob 0
    3     sleeps in reply.get             changes both accounts       ann 90, bob 10
    4     wakes with the reply            puts the reply              ann 90, bob 10

Output:

    30 clients ask for 10 each: 10 transfers made, 20 refused
    {'ann': 0, 'bob': 100}
    a transfer from eve: KeyError
"""

import syncprims as queue
import syncprims as threading

requests = queue.Queue()


def own():
    accounts = {"ann": 100, "bob": 0}  # nobody else can even name it
    while True:
        try:
            giver, taker, amount, reply = requests.get()
        except queue.ShutDown:
            break
        try:
            made = accounts[giver] >= amount
            if made:
                accounts[giver] -= amount
                accounts[taker] += amount
            reply.put(made)
        except Exception as error:  # the client's mistake: the client gets it, the owner lives on
            reply.put(error)
    print(accounts)


def transfer(giver, taker, amount):
    """Ask the owner; return whether the transfer was made."""
    reply = queue.SimpleQueue()
    requests.put((giver, taker, amount, reply))
    return reply.get()


owner = threading.Thread(target=own, name="owner")
owner.start()
results = queue.SimpleQueue()
clients = [
    threading.Thread(target=lambda: results.put(transfer("ann", "bob", 10))) for _ in range(30)
]
for client in clients:
    client.start()
for client in clients:
    client.join()
made = sum(results.get() for _ in clients)
print(f"30 clients ask for 10 each: {made} transfers made, {30 - made} refused")
mistake = transfer("eve", "bob", 10)
requests.shutdown()
owner.join()
print("a transfer from eve:", type(mistake).__name__)
