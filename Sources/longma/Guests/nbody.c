// Bodies under gravity, in double precision, with the energy before and after.
#include "guest.h"

enum { count = 6 };
typedef struct {
    double x[3], v[3], mass;
} body;

static double energy(const body *bodies) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        const body *p = &bodies[i];
        sum += 0.5 * p->mass * (p->v[0] * p->v[0] + p->v[1] * p->v[1] + p->v[2] * p->v[2]);
        for (int j = i + 1; j < count; j++) {
            double square = 0;
            for (int k = 0; k < 3; k++) square += (p->x[k] - bodies[j].x[k]) * (p->x[k] - bodies[j].x[k]);
            sum -= p->mass * bodies[j].mass / __builtin_sqrt(square);
        }
    }
    return sum;
}

static NOINLINE void advance(body *bodies, double dt) {
    for (int i = 0; i < count; i++) {
        body *p = &bodies[i];
        for (int j = i + 1; j < count; j++) {
            body *q = &bodies[j];
            double dx = p->x[0] - q->x[0], dy = p->x[1] - q->x[1], dz = p->x[2] - q->x[2];
            double square = dx * dx + dy * dy + dz * dz + 1e-4;
            double force = dt / (square * __builtin_sqrt(square));
            p->v[0] -= dx * q->mass * force;
            p->v[1] -= dy * q->mass * force;
            p->v[2] -= dz * q->mass * force;
            q->v[0] += dx * p->mass * force;
            q->v[1] += dy * p->mass * force;
            q->v[2] += dz * p->mass * force;
        }
    }
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) bodies[i].x[k] += dt * bodies[i].v[k];
}

GUEST("nbody", 120000) {
    body bodies[count];
    uint64_t random = 7, hash = 0;
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].x[k] = (double)(i * 3) + (double)(next_random(&random) & 0xffff) / 65536.0;
            bodies[i].v[k] = ((double)(next_random(&random) & 0xffff) - 32768.0) / 65536.0;
        }
        bodies[i].mass = i ? 0.05 * i : 20.0;
    }
    hash = fold_double(hash, energy(bodies));
    for (uint64_t i = 0; i < scale; i++) advance(bodies, 0.001);
    hash = fold_double(hash, energy(bodies));
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) hash = fold_double(fold_double(hash, bodies[i].x[k]), bodies[i].v[k]);
    return hash;
}
