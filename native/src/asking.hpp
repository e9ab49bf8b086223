// Views on their way through a network, eight at a time.
#pragma once

#include <utility>

#include "kernels.hpp"
#include "sites.hpp"

namespace inloop {

// What one question shows; views of a question that are equally canonical share its weight of one.
struct Seen {
    std::int64_t question;
    double weight;
    View view;
};

// Calls receive(seen, answers) for each view added, in order, answer k at answers[k * block_zones]. The views must live
// until they are flushed.
template <int answers, class Receive> class Asking {
  public:
    Asking(const Network &network, Receive receive) : network(network), receive(std::move(receive)) {}

    void add(const Seen &seen) {
        for (int k = 0; k < learned_features; ++k) in[k * block_zones + count] = seen.view.feature[k];
        waiting[count] = &seen;
        if (++count == block_zones) flush();
    }

    void flush() {
        if (count == 0) return;
        for (int l = count; l < block_zones; ++l) // a network sees full lanes
            for (int k = 0; k < learned_features; ++k) in[k * block_zones + l] = in[k * block_zones];
        kernels().network(network, in, out, scratch);
        for (int l = 0; l < count; ++l) receive(*waiting[l], out + l);
        count = 0;
    }

  private:
    const Network &network;
    Receive receive;
    alignas(64) double in[learned_features * block_zones];
    alignas(64) double out[answers * block_zones];
    const Seen *waiting[block_zones];
    int count = 0;
    std::vector<double> scratch;
};

template <int answers, class Receive> Asking<answers, Receive> asking(const Network &network, Receive receive) {
    return Asking<answers, Receive>(network, std::move(receive));
}

} // namespace inloop
