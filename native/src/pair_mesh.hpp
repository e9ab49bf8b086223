// The zones of a mesh that go the fast way for two materials, see pairs.hpp.
#pragma once

#include "pairs.hpp"

namespace inloop {

// The fractions of a mesh with the layers around that windows reach, one plane a material.
class PairMesh {
  public:
    explicit PairMesh(const Block<2> &block); // usable() only if all zones have one shape

    bool usable() const { return pitch_ > 0; }
    std::int64_t pitch() const { return pitch_; }

    // Whether the site is one of two materials, with no third one within its window.
    bool holds(const Site &site) const;
    Pair pair(const Site &site) const;

  private:
    const double *window(const Site &site, std::int16_t material) const;

    std::int64_t pitch_ = 0, plane = 0;
    int planes = 0;
    std::vector<double> value;
};

// Whether all mixed zones around a site, given their numbers or -1, hold the same two materials and nothing else.
bool pairs_only(const Sites &sites, const std::int64_t *near);

// What settling such a site needs to know; raw(s) is site s's level set.
template <class Raw> Around around_pair(const Sites &sites, const std::int64_t *near, Raw &&raw) {
    Around around;
    for (int n = 0; n < 9; ++n) {
        around.level[n] = near[n] < 0 ? nullptr : raw(near[n]).data();
        if (near[n] >= 0) around.say[n] = say_of(sites.all[near[n]].fraction[0], sites.all[near[n]].fraction[1]);
    }
    around.fraction = sites.all[near[4]].fraction[0], around.rest = sites.all[near[4]].fraction[1];
    return around;
}

} // namespace inloop
