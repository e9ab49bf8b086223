// Prints the instruction sets that this machine runs, one a line, the widest last.
#include <cstdio>

#include "kernels.hpp"

int main() {
    for (const inloop::Kernels *set : inloop::runnable_kernels()) std::puts(set->name);
}
