// Matrices of doubles: a product row by row, one in blocks, and an LU decomposition with its determinant.
#include "guest.h"

enum { side = 96, block = 16 };
static double a[side][side], b[side][side], c[side][side];

static void fill(uint64_t *random) {
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            a[i][j] = (double)(int32_t)next_random(random) / 1073741824.0;
            b[i][j] = (double)(int32_t)next_random(random) / 1073741824.0 + (i == j ? 40.0 : 0.0);
        }
}

static void multiply(void) {
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            double sum = 0;
            for (int k = 0; k < side; k++) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
}

static void multiply_blocks(void) {
    for (int i0 = 0; i0 < side; i0 += block)
        for (int k0 = 0; k0 < side; k0 += block)
            for (int j0 = 0; j0 < side; j0 += block)
                for (int i = i0; i < i0 + block; i++)
                    for (int k = k0; k < k0 + block; k++) {
                        double x = a[i][k];
                        for (int j = j0; j < j0 + block; j++) c[i][j] += x * b[k][j];
                    }
}

static double decompose(void) {
    double determinant = 1;
    for (int k = 0; k < side; k++) {
        double pivot = b[k][k];
        determinant *= pivot / 40.0;
        for (int i = k + 1; i < side; i++) {
            double ratio = b[i][k] / pivot;
            b[i][k] = ratio;
            for (int j = k + 1; j < side; j++) b[i][j] -= ratio * b[k][j];
        }
    }
    return determinant;
}

GUEST("matmul", 12) {
    uint64_t random = 99, hash = 0;
    for (uint64_t i = 0; i < scale; i++) {
        fill(&random);
        multiply();
        multiply_blocks();
        for (int j = 0; j < side; j++) hash = fold_double(hash, c[j][(j * 7 + (int)(i & 63)) % side]);
        hash = fold_double(hash, decompose());
    }
    return hash;
}
