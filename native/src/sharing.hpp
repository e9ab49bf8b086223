// What zones that share a vertex make of each other's level sets there.
#pragma once

#include "sites.hpp"

namespace inloop {

// Raw level sets of sites: questions first[s] .. first[s + 1] are site s's, one of the first material where there are two
// materials, else one each.
struct Sharing {
    const Sites &sites;
    const std::vector<std::int64_t> &first;
    const Levels *levels; // of question first[0] and on

    // The level sets of a site's materials. One that is absent from a mixed zone around a vertex may not win there: it is
    // put below all those that may, so that both sides of the edge see the same winner; of several that may not, the order
    // is kept. At a corner where none may all are equal, and the rest of each edge decides; along an edge between zones
    // with no common material nothing can be whole. Where materials that may win tie along an edge, the lower number has
    // it.
    std::vector<Levels> of(std::int64_t s) const;

    // Adds to the gradient by the raw level sets what one by the level sets of a site amounts to.
    void back(std::int64_t s, const std::vector<Levels> &gradient, Levels *raw) const;
};

// How much what a zone says counts, given what its largest fraction leaves: little where that are traces, since a pure
// zone has no say at all.
double say_of_rest(double rest);

// The same rule about ties for two materials that one level set divides, the first where it is positive.
void break_ties(Levels &level);

} // namespace inloop
