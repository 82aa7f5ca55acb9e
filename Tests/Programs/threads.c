// pthreads: mutexes, condition variables, barriers, once, keys, thread-local variables, semaphores, read-write locks, detached threads.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { threads = 4, rounds = 3000 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static _Thread_local long local = 7;
static _Thread_local char area[100];
static long counter, buffer[8], head, tail, consumed, shared_value, torn;
static atomic_int onces, destroyed, detached;
static sem_t semaphore;

static void initialise(void) { onces++; }
static void destroy(void *value) { destroyed += *(int *)value; free(value); }

static void *work(void *argument) {
    long me = (long)argument, mine = 0;
    pthread_once(&once, initialise);
    int *value = malloc(sizeof *value);
    *value = (int)me + 1;
    pthread_setspecific(key, value);
    area[me] = 1;
    for (int i = 0; i < rounds; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
        local += me;
        if (i % 16 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            shared_value++;
            pthread_rwlock_unlock(&rwlock);
        } else if (i % 4 == 0) {
            pthread_rwlock_rdlock(&rwlock);
            long first = shared_value;
            torn += first != shared_value;
            pthread_rwlock_unlock(&rwlock);
        }
    }
    for (int i = 0; i < 100; i++) mine += area[i];
    pthread_barrier_wait(&barrier);
    if (me < 2) {  // producers
        for (int i = 0; i < rounds / 4; i++) {
            pthread_mutex_lock(&mutex);
            while (head - tail == 8) pthread_cond_wait(&emptied, &mutex);
            buffer[head++ % 8] = i;
            pthread_cond_signal(&filled);
            pthread_mutex_unlock(&mutex);
        }
    } else {
        for (int i = 0; i < rounds / 4; i++) {
            pthread_mutex_lock(&mutex);
            while (head == tail) pthread_cond_wait(&filled, &mutex);
            consumed += buffer[tail++ % 8];
            pthread_cond_signal(&emptied);
            pthread_mutex_unlock(&mutex);
        }
    }
    sem_post(&semaphore);
    return (void *)(local * 10 + mine);
}

static void *leave(void *argument) {
    detached++;
    sem_post(&semaphore);
    pthread_exit(argument);
}

static void *forever(void *argument) {
    (void)argument;
    for (;;) usleep(1000);
    return NULL;
}

static int count;
static void *spawn(void *argument) {
    count += (int)(long)argument;
    return NULL;
}

int main(void) {
    pthread_t thread[threads];
    pthread_barrier_init(&barrier, NULL, threads);
    pthread_key_create(&key, destroy);
    sem_init(&semaphore, 0, 0);
    for (long i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, (void *)i)) return 1;
    for (int i = 0; i < threads; i++) sem_wait(&semaphore);
    for (int i = 0; i < threads; i++) {
        void *result;
        pthread_join(thread[i], &result);
        printf("thread %d: %ld\n", i, (long)result);
    }
    printf("counter %ld consumed %ld value %ld torn %ld once %d destroyed %d local %ld\n", counter, consumed, shared_value, torn, onces, destroyed, local);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 65536);
    for (int i = 0; i < 3; i++) pthread_create(&thread[0], &attributes, leave, NULL);
    for (int i = 0; i < 3; i++) sem_wait(&semaphore);
    printf("detached %d\n", detached);
    for (int i = 0; i < 100; i++) {
        pthread_create(&thread[0], NULL, spawn, (void *)(long)i);
        pthread_join(thread[0], NULL);
    }
    printf("spawned %d\n", count);
    void *result;
    pthread_create(&thread[0], NULL, forever, NULL);
    pthread_cancel(thread[0]);
    pthread_join(thread[0], &result);
    printf("cancelled %d\n", result == PTHREAD_CANCELED);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 2000000;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    pthread_mutex_lock(&mutex);
    printf("timed out %d\n", pthread_cond_timedwait(&filled, &mutex, &soon) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    fflush(stdout);
    // The process ends by exit while another thread runs.
    pthread_create(&thread[0], NULL, forever, NULL);
    exit(5);
}
