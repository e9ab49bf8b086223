#include "learned_line.hpp"

#include "asking.hpp"

namespace inloop {
namespace {

constexpr double cancelled = 1e-6; // normals whose sum is shorter say nothing together

// A gradient in the view's canonical orientation as the mesh sees it, out of the task's material.
Vec<2> outward(const View &view, double x, double y) {
    if (view.turn & 4) std::swap(x, y);
    if (view.turn & 1) x = -x;
    if (view.turn & 2) y = -y;
    return view.swapped ? Vec<2>{x, y} : Vec<2>{-x, -y};
}

} // namespace

void learned_normals(const Block<2> &block, const Network &network, const Task *tasks, int count,
                     PlaneBlock<2> &plane) {
    std::vector<Seen> seen;
    std::array<Vec<2>, block_zones> sum{}, elvira;
    for (int l = 0; l < count; ++l) {
        const Task &task = tasks[l];
        const auto views = views_of(block, block.index(task.zone), static_cast<std::int16_t>(task.material), task.other,
                                    task.fraction, task.rest);
        elvira[l] = outward(views[0], views[0].line[1], views[0].line[2]);
        for (const View &view : views) seen.push_back({l, 1.0, view});
    }
    auto turning = asking<line_answers>(network, [&](const Seen &one, const double *answer) {
        const auto &line = one.view.line;
        const double along = 1 + one.view.size * answer[0], across = one.view.size * answer[block_zones];
        const Vec<2> n = outward(one.view, along * line[1] - across * line[2], along * line[2] + across * line[1]);
        if (norm(n) > cancelled) sum[one.question] = sum[one.question] + (1 / norm(n)) * n;
    });
    for (const Seen &one : seen) turning.add(one);
    turning.flush();
    for (int l = 0; l < block_zones; ++l) {
        const int task = l < count ? l : 0; // lanes without a task repeat the first
        const Vec<2> &n = norm(sum[task]) > cancelled ? sum[task] : elvira[task];
        const double scale = 1 / (std::fabs(n[0]) + std::fabs(n[1]));
        for (int a = 0; a < 2; ++a) plane.normal[a][l] = n[a] * scale;
    }
}

} // namespace inloop
