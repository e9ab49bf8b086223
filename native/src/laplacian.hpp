// The linear system of a Newton step on a diagram's values.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

namespace inloop {

// Solves (sum_j border_ij) d_i - sum_j border_ij d_j = error_i with d_0 = 0, by elimination; false if singular.
inline bool newton_step(const std::vector<std::vector<double>> &border, const std::vector<double> &error,
                        std::vector<double> &step) {
    const int n = static_cast<int>(error.size()) - 1;
    std::vector<std::vector<double>> a(n, std::vector<double>(n + 1, 0));
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j <= n; ++j) {
            if (j == i + 1) continue;
            const double b = (border[i + 1][j] + border[j][i + 1]) / 2;
            a[i][i] += b;
            if (j > 0) a[i][j - 1] -= b;
        }
        a[i][n] = error[i + 1];
    }
    for (int k = 0; k < n; ++k) {
        int pivot = k;
        for (int i = k + 1; i < n; ++i)
            if (std::fabs(a[i][k]) > std::fabs(a[pivot][k])) pivot = i;
        if (!(std::fabs(a[pivot][k]) > 1e-300)) return false;
        std::swap(a[k], a[pivot]);
        for (int i = k + 1; i < n; ++i) {
            const double factor = a[i][k] / a[k][k];
            for (int j = k; j <= n; ++j) a[i][j] -= factor * a[k][j];
        }
    }
    step.assign(n + 1, 0);
    for (int k = n - 1; k >= 0; --k) {
        double sum = a[k][n];
        for (int j = k + 1; j < n; ++j) sum -= a[k][j] * step[j + 1];
        step[k + 1] = sum / a[k][k];
    }
    return true;
}

} // namespace inloop
