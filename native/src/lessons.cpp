#include "lessons.hpp"

#include <algorithm>

#include "sharing.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

// One sample's sites with the raw level sets that the answers make.
struct Sample {
    Sites sites;
    std::vector<std::int64_t> first; // questions of the sites, counted in the sample
    std::vector<Levels> raw;
};

bool in_core(const std::int32_t *place) {
    return place[0] >= 0 && place[0] < lesson_core && place[1] >= 0 && place[1] < lesson_core;
}

// Calls visit(vertex of the answer, vertex of the zone, sign) for all 81.
template <class Visit> void each_vertex(std::int32_t turn, Visit &&visit) {
    const double sign = turn & 8 ? -1 : 1;
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i)
            visit(j * side_vertices + i, turned(turn & 7, side_vertices, i, j), sign);
}

Levels raw_of(const Lessons &lessons, std::int64_t question) {
    const double *line = lessons.line + 3 * question, scale = lessons.scale[question];
    const float *answer = lessons.answer + level_values * question;
    Levels level;
    each_vertex(lessons.turn[question], [&](int from, int to, double sign) {
        const double x = static_cast<double>(from % side_vertices) / sub_zones - 0.5;
        const double y = static_cast<double>(from / side_vertices) / sub_zones - 0.5;
        level[to] = sign * (line[0] + line[1] * x + line[2] * y + scale * static_cast<double>(answer[from]));
    });
    return level;
}

Sample read(const Lessons &lessons, std::int64_t site, std::int64_t end, std::int64_t question) {
    Sample out;
    out.sites.columns = lesson_core + 2;
    out.first.push_back(0);
    const std::int64_t start = question;
    for (; site < end; ++site) {
        out.sites.add({lessons.place[2 * site + 1], lessons.place[2 * site]});
        const bool pair = lessons.asked[site] == 1;
        for (std::int32_t k = 0; k < lessons.asked[site]; ++k, ++question) {
            for (int m = 0; m < (pair ? 2 : 1); ++m)
                out.sites.hold(static_cast<std::int16_t>(lessons.material[2 * question + m]),
                               lessons.fraction[2 * question + m]);
            out.raw.push_back(raw_of(lessons, question));
        }
        out.first.push_back(question - start);
    }
    out.sites.finish();
    return out;
}

double site_error(const Lessons &lessons, const Sample &sample, std::int64_t s, std::int64_t question,
                  Levels *by_level) {
    const Sharing sharing{sample.sites, sample.first, sample.raw.data()};
    const std::vector<Levels> shared = sharing.of(s);
    const Site &site = sample.sites.all[s];
    if (shared.size() == 2) {
        Levels level;
        for (int q = 0; q < level_values; ++q) level[q] = (shared[0][q] - shared[1][q]) / 2;
        std::array<double, truths> truth;
        std::copy_n(lessons.truth + truths * question, truths, truth.begin());
        return misplaced(level, site.fraction[0], site.fraction[1], truth.data(), *by_level);
    }
    std::vector<Levels> gradient;
    const double error =
        misplaced(shared, {site.fraction.begin(), site.fraction.end()}, lessons.truth + truths * question, gradient);
    std::copy(gradient.begin(), gradient.end(), by_level);
    return error;
}

// Calls work(first site, end, first question) for each sample.
template <class Work> void each_sample(const Lessons &lessons, int threads, Work &&work) {
    struct Start {
        std::int64_t site, question;
    };
    std::vector<Start> starts;
    std::int64_t question = 0;
    for (std::int64_t s = 0; s < lessons.sites; question += lessons.asked[s++])
        if (s == 0 || lessons.sample[s] != lessons.sample[s - 1]) starts.push_back({s, question});
    starts.push_back({lessons.sites, question});
    parallel_for(static_cast<std::int64_t>(starts.size()) - 1, threads,
                 [&](std::int64_t k) { work(starts[k].site, starts[k + 1].site, starts[k].question); });
}

} // namespace

void lesson_errors(const Lessons &lessons, int threads, double *error, Levels *by_level) {
    each_sample(lessons, threads, [&](std::int64_t from, std::int64_t to, std::int64_t question) {
        const Sample sample = read(lessons, from, to, question);
        for (std::int64_t s = from; s < to; ++s) {
            const std::int64_t own = question + sample.first[s - from];
            error[s] = 0;
            if (in_core(lessons.place + 2 * s)) error[s] = site_error(lessons, sample, s - from, own, by_level + own);
        }
    });
}

void lesson_gradient(const Lessons &lessons, const double *rate, const Levels *by_level, int threads, float *gradient) {
    each_sample(lessons, threads, [&](std::int64_t from, std::int64_t to, std::int64_t question) {
        const Sample sample = read(lessons, from, to, question);
        const Sharing sharing{sample.sites, sample.first, sample.raw.data()};
        std::vector<Levels> by_raw(sample.raw.size(), Levels{});
        for (std::int64_t s = from; s < to; ++s) {
            if (rate[s] == 0 || !in_core(lessons.place + 2 * s)) continue;
            const std::int64_t own = question + sample.first[s - from];
            std::vector<Levels> upstream(by_level + own, by_level + own + lessons.asked[s]);
            if (upstream.size() == 1) { // half the difference of two
                for (double &g : upstream[0]) g /= 2;
                upstream.push_back(upstream[0]);
                for (double &g : upstream[1]) g = -g;
            }
            for (Levels &level : upstream)
                for (double &g : level) g *= rate[s];
            sharing.back(s - from, upstream, by_raw.data());
        }
        for (std::size_t q = 0; q < by_raw.size(); ++q) {
            const double scale = lessons.scale[question + q];
            float *const out = gradient + level_values * (question + q);
            each_vertex(lessons.turn[question + q], [&](int from_vertex, int to_vertex, double sign) {
                out[from_vertex] = static_cast<float>(sign * scale * by_raw[q][to_vertex]);
            });
        }
    });
}

} // namespace inloop
