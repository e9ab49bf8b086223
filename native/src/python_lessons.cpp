// What training needs of the core: views of samples' zones, and the error of a network's answers with its derivative.
#include "lessons.hpp"
#include "python_arrays.hpp"
#include "scan.hpp"

namespace inloop {
namespace {

template <class T> using Given = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;

// What a network is shown of the mixed zones of many square samples, and of those in the first halo layer. Beyond the
// halo layers, of which there may be none, fractions go on.
nb::object views_of_samples(const Doubles &fractions, int halo) {
    if (fractions.ndim() != 4) throw InputError("fractions must be (samples, materials, rows, columns)");
    const std::int64_t count = fractions.shape(0), planes = fractions.shape(1), rows = fractions.shape(2),
                       columns = fractions.shape(3);
    Block<2> block;
    block.planes = static_cast<int>(planes);
    block.stride_material = rows * columns;
    block.stride = {1, columns};
    block.n = {columns - 2 * halo, rows - 2 * halo};
    block.halo = {{{halo, halo}, {halo, halo}}};
    block.width = {std::vector<double>(columns, 1.0), std::vector<double>(rows, 1.0)};
    if (halo < 0 || planes < 1 || block.n[0] < 1 || block.n[1] < 1)
        throw InputError("samples must have a zone within their halo layers");
    std::vector<std::int64_t> sample;
    std::vector<std::int32_t> place, asked, turn, ties;
    std::vector<std::int16_t> material;
    std::vector<float> feature;
    std::vector<double> line, size, scale, fraction;
    for (std::int64_t k = 0; k < count; ++k) {
        block.data = fractions.data() + (k * planes * rows + halo) * columns + halo;
        Face<2> face;
        scan(block, 1, face);
        const Sites sites = sites_of(block, face);
        std::vector<std::int64_t> first;
        const std::vector<Question> questions = questions_of(sites, block.materials(), first);
        std::int64_t last = -1;
        for (const Seen &seen : look(block, sites, questions, 0, first.back())) {
            if (seen.question == last) { // of equally canonical views the first will do
                ++ties.back();
                continue;
            }
            last = seen.question;
            ties.push_back(0);
            const View &view = seen.view;
            const Question &ask = questions[last];
            const Site &site = sites.all[ask.site];
            const bool pair = site.material.size() == 2;
            material.insert(material.end(), {ask.material, pair ? site.material[1] : std::int16_t{-1}});
            fraction.insert(fraction.end(), {ask.fraction, ask.rest});
            turn.push_back(view.turn + 8 * view.swapped);
            feature.insert(feature.end(), view.feature.begin(), view.feature.end());
            line.insert(line.end(), view.line.begin(), view.line.end());
            size.push_back(view.size);
            scale.push_back(view.scale);
        }
        for (std::size_t s = 0; s < sites.all.size(); ++s) {
            const Site &site = sites.all[s];
            sample.push_back(k);
            place.insert(place.end(), {static_cast<std::int32_t>(site.at[1]), static_cast<std::int32_t>(site.at[0])});
            asked.push_back(static_cast<std::int32_t>(first[s + 1] - first[s]));
        }
    }
    const std::size_t s = sample.size(), q = turn.size();
    return nb::make_tuple(array(std::move(sample)), array<std::int32_t, std::int32_t>(std::move(place), {s, 2}),
                          array(std::move(asked)), array<std::int16_t, std::int16_t>(std::move(material), {q, 2}),
                          array<double, double>(std::move(fraction), {q, 2}),
                          array<float, float>(std::move(feature), {q, learned_features}),
                          array<double, double>(std::move(line), {q, 3}), array(std::move(size)),
                          array(std::move(scale)), array(std::move(turn)), array(std::move(ties)));
}

template <class T> void expect(const Given<T> &given, std::int64_t rows, std::int64_t columns, const char *name) {
    const bool flat = columns == 1 && given.ndim() == 1;
    if (!(flat || (given.ndim() == 2 && static_cast<std::int64_t>(given.shape(1)) == columns)) ||
        static_cast<std::int64_t>(given.shape(0)) != rows)
        throw InputError(std::string(name) + " must have shape (" + std::to_string(rows) +
                         (columns == 1 ? ",)" : ", " + std::to_string(columns) + ")"));
}

Lessons lessons_of(const Given<std::int64_t> &sample, const Given<std::int32_t> &place,
                   const Given<std::int32_t> &asked, const Given<std::int16_t> &material, const Doubles &fraction,
                   const Doubles &line, const Doubles &scale, const Given<std::int32_t> &turn,
                   const Given<float> &truth, const Given<float> &answer) {
    const std::int64_t sites = static_cast<std::int64_t>(sample.size());
    std::int64_t questions = 0;
    for (std::size_t s = 0; s < asked.size(); ++s) questions += asked.data()[s];
    expect(place, sites, 2, "place");
    expect(asked, sites, 1, "asked");
    expect(material, questions, 2, "material");
    expect(fraction, questions, 2, "fraction");
    expect(line, questions, 3, "line");
    expect(scale, questions, 1, "scale");
    expect(turn, questions, 1, "turn");
    expect(truth, questions, truths, "truth");
    expect(answer, questions, level_values, "answer");
    return {sites,           questions,   sample.data(), place.data(), asked.data(), material.data(),
            fraction.data(), line.data(), scale.data(),  turn.data(),  truth.data(), answer.data()};
}

} // namespace

void bind_lessons(nb::module_ &m) {
    m.def("views", &views_of_samples, nb::arg("fractions"), nb::arg("halo"));
    m.def(
        "lesson_errors",
        [](const Given<std::int64_t> &sample, const Given<std::int32_t> &place, const Given<std::int32_t> &asked,
           const Given<std::int16_t> &material, const Doubles &fraction, const Doubles &line, const Doubles &scale,
           const Given<std::int32_t> &turn, const Given<float> &truth, const Given<float> &answer, int threads) {
            const Lessons lessons =
                lessons_of(sample, place, asked, material, fraction, line, scale, turn, truth, answer);
            std::vector<double> error(lessons.sites);
            std::vector<Levels> by_level(lessons.questions);
            {
                nb::gil_scoped_release released;
                lesson_errors(lessons, threads, error.data(), by_level.data());
            }
            const std::size_t rows = by_level.size();
            return nb::make_tuple(array(std::move(error)),
                                  array<double, Levels>(std::move(by_level), {rows, level_values}));
        },
        nb::arg("sample"), nb::arg("place"), nb::arg("asked"), nb::arg("material"), nb::arg("fraction"),
        nb::arg("line"), nb::arg("scale"), nb::arg("turn"), nb::arg("truth"), nb::arg("answer"), nb::arg("threads"));
    m.def(
        "lesson_gradient",
        [](const Given<std::int64_t> &sample, const Given<std::int32_t> &place, const Given<std::int32_t> &asked,
           const Given<std::int16_t> &material, const Doubles &fraction, const Doubles &line, const Doubles &scale,
           const Given<std::int32_t> &turn, const Given<float> &truth, const Given<float> &answer, const Doubles &rate,
           const Doubles &by_level, int threads) {
            const Lessons lessons =
                lessons_of(sample, place, asked, material, fraction, line, scale, turn, truth, answer);
            expect(rate, lessons.sites, 1, "rate");
            expect(by_level, lessons.questions, level_values, "by_level");
            std::vector<std::array<float, level_values>> gradient(lessons.questions);
            {
                nb::gil_scoped_release released;
                lesson_gradient(lessons, rate.data(), reinterpret_cast<const Levels *>(by_level.data()), threads,
                                gradient.data()->data());
            }
            const std::size_t rows = gradient.size();
            return array<float, std::array<float, level_values>>(std::move(gradient), {rows, level_values});
        },
        nb::arg("sample"), nb::arg("place"), nb::arg("asked"), nb::arg("material"), nb::arg("fraction"),
        nb::arg("line"), nb::arg("scale"), nb::arg("turn"), nb::arg("truth"), nb::arg("answer"), nb::arg("rate"),
        nb::arg("by_level"), nb::arg("threads"));
}

} // namespace inloop
