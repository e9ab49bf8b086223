// What an unsplit advection asks of an interface.
#include "flux.hpp"
#include "python_arrays.hpp"

namespace inloop {

void bind_flux(nb::module_ &m) {
    m.def(
        "areas_in",
        [](const Face<2> &face, const Doubles &polygons, const std::optional<Integers> &zones, int threads) {
            if (polygons.ndim() != 3 || polygons.shape(1) < 3 || polygons.shape(2) != 2)
                throw InputError("expected polygons (n, corners, 2)");
            const std::size_t n = polygons.shape(0);
            if (zones && zones->size() != n) throw InputError("expected one zone a polygon");
            std::vector<double> out(n * face.materials);
            {
                nb::gil_scoped_release released;
                areas_in(face, static_cast<std::int64_t>(n), static_cast<int>(polygons.shape(1)), polygons.data(),
                         zones ? zones->data() : nullptr, threads, out.data());
            }
            return array<double, double>(std::move(out), {static_cast<std::size_t>(face.materials), n});
        },
        nb::arg("face"), nb::arg("polygons"), nb::arg("zones").none(), nb::arg("threads"));
}

} // namespace inloop
