/* Tells ThreadSanitizer what the standard library's locks order.
 *
 * The library comes compiled, without the sanitizer's calls. What of it is generic or inlined is compiled with the tests
 * and is seen, such as the release of a lock and the taking of one that is free. These functions are not, and so the linker
 * puts the ones below around them. No other function of the library orders what the test does. */

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define JOINED_(a, b) a##b
#define JOINED(a, b) JOINED_(a, b)
#define AROUND(name) JOINED(__wrap_, name)
#define ITSELF(name) JOINED(__real_, name)

/* Waiting for a lock that another thread has, which left what it did at the lock's address. */
#define LOCK(name)                      \
    void ITSELF(name)(void *lock);      \
    void AROUND(name)(void *lock) {     \
        ITSELF(name)(lock);             \
        __tsan_acquire(lock);           \
    }

LOCK(MUTEX)
LOCK(READ)
LOCK(WRITE)

/* Waiting for a condition gives the lock back and takes it again. */
void ITSELF(WAIT)(void *condition, void *lock);
void AROUND(WAIT)(void *condition, void *lock) {
    __tsan_release(lock);
    ITSELF(WAIT)(condition, lock);
    __tsan_acquire(lock);
}

/* Running the closure of a `Once`, or waiting until another thread has; who finds it done looks at the same address. */
void ITSELF(ONCE)(void *once, unsigned char ignores_poison, void *closure, void *methods);
void AROUND(ONCE)(void *once, unsigned char ignores_poison, void *closure, void *methods) {
    ITSELF(ONCE)(once, ignores_poison, closure, methods);
    __tsan_acquire(once);
    __tsan_release(once);
}
