// Single precision: the Mandelbrot set in a moving window, then a smoothing filter over the picture.
#include "guest.h"

enum { width = 80, height = 60, iterations = 150 };
static float picture[height][width], smooth[height][width];

static int escape(float cx, float cy) {
    float x = 0, y = 0;
    int n = 0;
    while (n < iterations) {
        float xx = x * x, yy = y * y;
        if (xx + yy > 4.0f) break;
        y = 2.0f * x * y + cy;
        x = xx - yy + cx;
        n++;
    }
    return n;
}

GUEST("mandel", 14) {
    uint64_t hash = 0;
    float zoom = 1.0f;
    for (uint64_t round = 0; round < scale; round++) {
        uint32_t total = 0;
        for (int row = 0; row < height; row++)
            for (int column = 0; column < width; column++) {
                float cx = -0.7436f + ((float)column - width / 2) * (3.2f / width) * zoom;
                float cy = 0.1318f + ((float)row - height / 2) * (2.4f / height) * zoom;
                int n = escape(cx, cy);
                total += (uint32_t)n;
                picture[row][column] = (float)n / iterations;
            }
        for (int pass = 0; pass < 3; pass++) {
            for (int row = 1; row < height - 1; row++)
                for (int column = 1; column < width - 1; column++) {
                    float sum = picture[row][column] * 4.0f;
                    sum += (picture[row - 1][column] + picture[row + 1][column] + picture[row][column - 1] + picture[row][column + 1]) * 2.0f;
                    sum += picture[row - 1][column - 1] + picture[row - 1][column + 1] + picture[row + 1][column - 1] + picture[row + 1][column + 1];
                    smooth[row][column] = sum * 0.0625f;
                }
            for (int row = 1; row < height - 1; row++)
                for (int column = 1; column < width - 1; column++) picture[row][column] = smooth[row][column];
        }
        hash = fold(hash, total);
        for (int i = 1; i < height - 1; i += 5) hash = fold_float(hash, picture[i][i]);
        zoom *= 0.9f;
    }
    return hash;
}
