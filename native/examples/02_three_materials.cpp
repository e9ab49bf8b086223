// A disk on the border between two more materials: nested cuts in the order found zone by zone, in a given order, and a
// power diagram, which needs none. The area of each material's pieces is what the fractions say.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "inloop.hpp"

namespace {

constexpr int n = 8, points = 16, materials = 3;

// Fractions [material][j][i] by counting points: material 0 in the disk, else 1 on the left and 2 on the right.
std::vector<double> fractions() {
    std::vector<double> f(materials * n * n);
    for (int q = 0; q < n * points; ++q)
        for (int p = 0; p < n * points; ++p) {
            const double x = (p + 0.5) / (n * points), y = (q + 0.5) / (n * points);
            const double dx = x - 0.52, dy = y - 0.47;
            const int material = dx * dx + dy * dy < 0.27 * 0.27 ? 0 : x < 0.44 ? 1 : 2;
            f[p / points + n * (q / points + n * material)] += 1.0 / (points * points);
        }
    return f;
}

// Prints how many polygons a material has, their area, each fanned out from its first vertex, and their perimeter.
void report(const inloop::Face &face, int material) {
    const inloop::Parts polygons = face.polygons(material);
    double area = 0, perimeter = 0;
    for (std::size_t p = 0; p < polygons.zones.size(); ++p) {
        const double *o = &polygons.points[2 * polygons.start[p]];
        for (auto i = polygons.start[p] + 1; i + 1 < polygons.start[p + 1]; ++i) {
            const double *a = &polygons.points[2 * i], *b = a + 2;
            area += ((a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])) / 2;
        }
        for (auto i = polygons.start[p]; i < polygons.start[p + 1]; ++i) {
            const double *a = &polygons.points[2 * i], *b = i + 1 < polygons.start[p + 1] ? a + 2 : o;
            perimeter += std::sqrt((b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1]));
        }
    }
    std::printf("material %d: polygons, area, perimeter %d %.17g %.17g\n", material, int(polygons.zones.size()), area,
                perimeter);
}

} // namespace

int main() {
    const std::vector<double> f = fractions();
    const std::string runs[][2] = {{"elvira", "auto"}, {"elvira", "2,0,1"}, {"youngs", "auto"}, {"power", "auto"}};
    inloop::Block block({n, n});
    block.materials = materials;
    block.spacing[0] = block.spacing[1] = 1.0 / n;
    for (const auto &[name, order] : runs) {
        const inloop::Face face = inloop::Method(name).set("order", order).run(block, f.data());
        std::printf("%s, order %s\n", name.c_str(), order.c_str());
        for (int m = 0; m < materials; ++m) report(face, m);
    }
}
