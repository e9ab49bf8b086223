// A small network on rows of numbers, for Python.
#include "python_arrays.hpp"
#include "rows.hpp"

namespace inloop {
namespace {

RowNetwork made(const std::string &about, const std::vector<Doubles> &weights, const std::vector<Doubles> &biases) {
    const Network layers = layers_of(weights, biases);
    try {
        return row_network(parse_json(about), layers);
    } catch (const std::invalid_argument &) {
        throw InputError("the network's description is not JSON");
    }
}

template <class In, class Out>
void run_as(const RowNetwork &network, const Numbers &rows, const std::optional<Numbers> &factor, Written &out,
            int threads) {
    nb::gil_scoped_release released;
    run_rows(network, static_cast<std::int64_t>(rows.shape(0)), static_cast<const In *>(rows.data()),
             factor ? static_cast<const In *>(factor->data()) : nullptr, static_cast<Out *>(out.data()), threads);
}

void run(const RowNetwork &network, const Numbers &rows, Written &out, const std::optional<Numbers> &factor,
         int threads) {
    const auto single = nb::dtype<float>(), full = nb::dtype<double>();
    const bool known = (rows.dtype() == single || rows.dtype() == full) &&
                       (out.dtype() == single || (out.dtype() == full && rows.dtype() == full));
    const bool fit = rows.ndim() == 2 && out.ndim() == 2 && rows.shape(0) == out.shape(0) &&
                     rows.shape(1) == network.input.size() && static_cast<int>(out.shape(1)) == network.outputs;
    const bool scaled =
        !factor || (factor->ndim() == 1 && factor->shape(0) == rows.shape(0) && factor->dtype() == rows.dtype());
    if (!known || !fit || !scaled)
        throw InputError("expected rows (n, " + std::to_string(network.inputs()) + "), out (n, " +
                         std::to_string(network.outputs) + ") and factor (n,) of the rows' type");
    if (rows.dtype() == single) run_as<float, float>(network, rows, factor, out, threads);
    else if (out.dtype() == single) run_as<double, float>(network, rows, factor, out, threads);
    else run_as<double, double>(network, rows, factor, out, threads);
}

} // namespace

void bind_rows(nb::module_ &m) {
    nb::class_<RowNetwork>(m, "Rows")
        .def("__init__",
             [](RowNetwork *self, const std::string &about, const std::vector<Doubles> &weights,
                const std::vector<Doubles> &biases) { new (self) RowNetwork(made(about, weights, biases)); })
        .def("run", &run, nb::arg("rows"), nb::arg("out"), nb::arg("factor").none() = nb::none(),
             nb::arg("threads") = 1);
}

} // namespace inloop
