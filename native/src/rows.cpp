#include "rows.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <sstream>

#include "block.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

constexpr std::int64_t rows_at_once = 20 * panel; // of a thread

// Room for one panel on its way.
struct Bench {
    std::vector<float> feature, next, amount, between, answer;
    std::vector<std::int32_t> hat;

    explicit Bench(const RowNetwork &network)
        : feature(static_cast<std::size_t>(panel) * network.features()),
          next(static_cast<std::size_t>(panel) * network.hats.size()),
          amount(static_cast<std::size_t>(panel) * network.amount.size()),
          between(2 * static_cast<std::size_t>(panel) * network.widest()),
          answer(static_cast<std::size_t>(panel) * network.wide()),
          hat(static_cast<std::size_t>(panel) * network.hats.size()) {}

    RowFeatures features() { return {feature.data(), hat.data(), next.data(), amount.data()}; }
};

// At most a panel of rows; false where a row has no answer. Floats are written where they belong if the network fills
// its vectors, else what is beyond the row is left out.
template <class In, class Out>
bool run_panel(const RowKernels &with, const RowNetwork &network, int count, const In *rows, const In *factor, Out *out,
               Bench &bench) {
    constexpr bool direct = std::is_same_v<Out, float>;
    if (!with.encode(In{})(network, count, rows, bench.features())) return false;
    float multiple[panel], *to[panel];
    for (int z = 0; z < count; ++z) {
        multiple[z] = direct && factor ? static_cast<float>(factor[z]) : 1.0f;
        to[z] = bench.answer.data() + z * network.wide();
        if constexpr (direct)
            if (network.whole()) to[z] = out + static_cast<std::int64_t>(z) * network.outputs;
    }
    with.answer(network, count, bench.features(), multiple, bench.between.data(), to);
    if (direct && network.whole()) return true;
    for (int z = 0; z < count; ++z)
        for (int o = 0; o < network.outputs; ++o)
            out[static_cast<std::int64_t>(z) * network.outputs + o] =
                !direct && factor ? static_cast<Out>(to[z][o] * factor[z]) : to[z][o];
    return true;
}

[[noreturn]] void refuse(const RowInput &input, std::int64_t row, double x) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << "input " << input.name << ": " << x << " in row " << row;
    if (!std::isfinite(x)) text << " is not finite; mend the row";
    else if (x <= 0 && input.before == Before::log) text << " has no log; mend the row";
    else if (x < 0 && input.before == Before::root4) text << " has no root4; mend the row";
    else text << " is far beyond what the network was taught on; check its unit";
    throw InputError(text.str());
}

// Throws for the first number that its input does not take.
template <class In> void refuse_first(const RowNetwork &network, std::int64_t count, const In *rows) {
    for (std::int64_t row = 0; row < count; ++row)
        for (const RowInput &input : network.input) {
            const double x = *rows++, seen = x < input.least ? input.least : x;
            if (!(std::fabs(x) < 3e38)) refuse(input, row, x);
            if (!input.seen) continue;
            const double t = input.before == Before::log     ? std::log(seen)
                             : input.before == Before::root4 ? std::sqrt(std::sqrt(seen))
                                                             : seen;
            if (!(std::fabs((t - input.shift) * input.slope) < 3e38)) refuse(input, row, x);
        }
}

} // namespace

int RowNetwork::widest() const {
    int most = 0;
    for (const PackedLayer &one : layer) most = std::max(most, one.outputs);
    return most;
}

template <class In, class Out>
void run_rows(const RowNetwork &network, std::int64_t count, const In *rows, const In *factor, Out *out, int threads) {
    const RowKernels &with = kernels().rows;
    std::atomic<bool> good{true};
    parallel_for((count + rows_at_once - 1) / rows_at_once, threads, [&](std::int64_t part) {
        Bench bench(network);
        const std::int64_t end = std::min(count, (part + 1) * rows_at_once);
        for (std::int64_t row = part * rows_at_once; row < end && good; row += panel)
            if (!run_panel(with, network, static_cast<int>(std::min<std::int64_t>(panel, end - row)),
                           rows + row * network.inputs(), factor ? factor + row : nullptr, out + row * network.outputs,
                           bench))
                good = false;
    });
    if (!good) refuse_first(network, count, rows);
}

template void run_rows(const RowNetwork &, std::int64_t, const float *, const float *, float *, int);
template void run_rows(const RowNetwork &, std::int64_t, const double *, const double *, float *, int);
template void run_rows(const RowNetwork &, std::int64_t, const double *, const double *, double *, int);

} // namespace inloop
