/* inloop: the boundaries between immiscible materials from volume fractions, in C (and, below it, C++ and Fortran).
 *
 *     inloop_handle *handle;                      a method with its options: open once, not every step
 *     inloop_face *face;                          the result for one block of the mesh
 *     inloop_block block;                         where the fractions lie
 *     inloop_open("elvira", 2, &handle);
 *     inloop_block_init(&block, sizeof block, 2, n);
 *     inloop_run_f64(handle, &block, fractions, NULL, &face);
 *     inloop_face_share_f64(face, count, zones, boxes, shares);
 *     inloop_face_close(face);
 *     inloop_close(handle);
 *
 * Every call that can fail returns a status; the text of the last failure in the calling thread is
 * inloop_last_error(). Buffers belong to the caller and are neither kept nor freed; sizes are asked for first and the
 * buffer filled by a second call. A handle may be used by several threads at once after it has been set up, a face
 * always. No call uses more than one thread unless the handle was given more, and results do not depend on how many.
 *
 * Axes are counted x first: n[0] is the number of zones along x. A zone is named by its flat index in the mesh
 * proper, without halo layers, from 0: i + n[0] * (j + n[1] * k). Materials are numbered from 0. Coordinates are
 * physical. */
#ifndef INLOOP_H
#define INLOOP_H

#include <stddef.h>
#include <stdint.h>

/* The number in the library's SONAME: it changes when a program must be compiled anew. */
#define INLOOP_ABI_VERSION 1

#if defined(__GNUC__)
#define INLOOP_API __attribute__((visibility("default")))
#else
#define INLOOP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum inloop_status {
    INLOOP_OK = 0,
    INLOOP_BAD_INPUT = 1,     /* an argument or a fraction: the text names it and the mend */
    INLOOP_OUT_OF_MEMORY = 2, /* nothing was kept */
    INLOOP_FAILED = 3         /* anything else */
};

/* What lies beyond a side of the block, past its halo layers if it has any. */
enum inloop_side {
    INLOOP_SIDE_EXTEND = 0,   /* the outermost zone once more */
    INLOOP_SIDE_MIRROR = 1,   /* the mesh reflected in the side */
    INLOOP_SIDE_PERIODIC = 2, /* the other end of the mesh: on both sides of an axis, without halo layers */
    INLOOP_SIDE_OPEN = 3      /* nothing: fits use the neighbours that exist */
};

typedef struct inloop_handle inloop_handle;
typedef struct inloop_face inloop_face;

INLOOP_API int inloop_abi_version(void);
INLOOP_API const char *inloop_version(void);

/* One line without a line break; empty if nothing has failed in this thread. Valid until its next failure. */
INLOOP_API const char *inloop_last_error(void);

/* ---- The method ------------------------------------------------------------------------------------------------ */

/* Opens a classical method by name, for 2 or 3 dimensions: slic, youngs, elvira, lvira, mof, equiz, power (3: youngs,
 * elvira, lvira, mof). */
INLOOP_API int inloop_open(const char *method, int dimensions, inloop_handle **handle);

/* Opens a learned kernel, in 2 dimensions, from a bundle's folder: reads its bundle.json and weights.safetensors,
 * verifies them and keeps what it needs in memory. `inloop config --bundles` says where the shipped ones lie: in "mir"
 * the learned method, in "mir-line" the drop-in line. */
INLOOP_API int inloop_open_bundle(const char *folder, inloop_handle **handle);

/* Sets an option before the handle is first run:
 *     "threads"   a number; 1 at first
 *     "order"     "auto", or all material numbers in the order in which they are cut off, as in "2,0,1"
 *     "gradient"  youngs: "corners" or "least-squares"
 *     "slabs"     slic: "neighbours", "x" or "y"
 *     "gate"      the learned method: "none", or the share of zones, such as "0.01", that may be worse than ELVIRA's
 *                 line: that line stands in where the network's answer is not trusted */
INLOOP_API int inloop_set(inloop_handle *handle, const char *option, const char *value);

/* How many layers of neighbours a zone's result depends on: the halo that a block of a larger mesh must carry. */
INLOOP_API int inloop_halo_width(const inloop_handle *handle, int *layers);

INLOOP_API void inloop_close(inloop_handle *handle); /* NULL is allowed */

/* ---- One block of a mesh --------------------------------------------------------------------------------------- */

/* A block of zones as the host holds it. Set it up with inloop_block_init, then change what differs. Entries of the
 * third axis are ignored in two dimensions. */
typedef struct inloop_block {
    size_t struct_size;      /* set by inloop_block_init, so that the structure may grow */
    int32_t dimensions;      /* 2 or 3 */
    int32_t materials;       /* arrays given. 1: material 0 only, material 1 is the rest (2D and 3D) */
    int64_t n[3];            /* zones of the mesh proper, without halo layers */
    int64_t stride[3];       /* elements from a zone to the next along each axis; all 0: contiguous, x fastest, ... */
    int64_t stride_material; /* ... halo layers included, material slowest. 0: material arrays follow one another */
    int32_t halo[3][2];      /* layers of zones that the array carries before and after the mesh proper */
    int32_t side[3][2];      /* enum inloop_side, beyond the low and the high side */
    double origin[3];        /* low corner of the mesh proper */
    double spacing[3];       /* width of every zone along each axis, or ... */
    const double *widths[3]; /* ... n + halo[0] + halo[1] widths; NULL for equal ones */
    /* Where centroids lie, in elements: 0 throughout for [material][k][j][i][component] of the mesh proper. */
    int64_t centroid_stride[3];
    int64_t centroid_stride_material;
    int64_t centroid_stride_component;
} inloop_block;

/* One material array of n[0] x n[1] [x n[2]] contiguous zones of width 1 at the origin, no halo, every side extended.
 * `struct_size` is sizeof(inloop_block) as the caller knows it. */
INLOOP_API int inloop_block_init(inloop_block *block, size_t struct_size, int dimensions, const int64_t *n);

/* Reconstructs. `fractions` points to zone (0, 0, 0) of the mesh proper of material 0: halo layers lie before it.
 * Fractions must be numbers in [0, 1] that sum to 1 in every zone; deviations up to 1e-12 (float: 1e-6) are rounding.
 * `centroids`, for mof only and NULL otherwise, points to the x coordinate of the centre of mass of material 0 in the
 * same zone; the entries of absent materials are ignored. All is computed in double. The caller closes the face. */
INLOOP_API int inloop_run_f64(const inloop_handle *handle, const inloop_block *block, const double *fractions,
                              const double *centroids, inloop_face **face);
INLOOP_API int inloop_run_f32(const inloop_handle *handle, const inloop_block *block, const float *fractions,
                              const float *centroids, inloop_face **face);

/* ---- A batch of small samples ---------------------------------------------------------------------------------- */

/* From fractions[samples][materials][ny][nx] to coverage[samples][materials][ny * k][nx * k]: the exact share of each
 * material in each of a zone's k x k sub-zones. With `materials` 1, both are material 0's. Samples do not know of each
 * other; their sides are extended, their zones square. Two dimensions; mof needs centroids and is refused. */
INLOOP_API int inloop_run_batch_f64(const inloop_handle *handle, int64_t samples, int materials, int64_t ny, int64_t nx,
                                    int k, const double *fractions, double *coverage);
INLOOP_API int inloop_run_batch_f32(const inloop_handle *handle, int64_t samples, int materials, int64_t ny, int64_t nx,
                                    int k, const float *fractions, float *coverage);

/* ---- What a face says ------------------------------------------------------------------------------------------ */

INLOOP_API void inloop_face_close(inloop_face *face); /* NULL is allowed */

/* Any of the pointers may be NULL. n has three entries, the third is 1 in two dimensions. `mixed` counts mixed zones. */
INLOOP_API int inloop_face_shape(const inloop_face *face, int *dimensions, int *materials, int64_t *n, int64_t *mixed);

/* zones[mixed]: the mixed zones, ascending. */
INLOOP_API int inloop_face_zones(const inloop_face *face, int64_t *zones);

/* fractions[mixed][materials], as they were used. */
INLOOP_API int inloop_face_fractions(const inloop_face *face, double *fractions);

/* labels[k][j][i]: the material of each pure zone, -1 where mixed. */
INLOOP_API int inloop_face_labels(const inloop_face *face, int16_t *labels);

/* rejected[mixed]: 1 where a gate put ELVIRA's line in the place of the network's answer, else 0. */
INLOOP_API int inloop_face_rejected(const inloop_face *face, unsigned char *rejected);

/* planes[mixed][dimensions + 1]: the unit normal n out of a material and the number d such that the material, the
 * first that is cut off the zone and named in materials[mixed], is the part of the zone with n . x <= d. With two
 * materials in the zone that is the whole interface. A zone that has no such plane (three pieces and more of a power
 * diagram) gets material -1 and zeros. equiz and the learned method have none and are refused. */
INLOOP_API int inloop_face_planes(const inloop_face *face, int16_t *materials, double *planes);

/* coverage[materials][nz * k][ny * k][nx * k]: exact share of each material in each of a zone's k^D sub-zones. */
INLOOP_API int inloop_face_coverage_f64(const inloop_face *face, int k, double *coverage);
INLOOP_API int inloop_face_coverage_f32(const inloop_face *face, int k, float *coverage);

/* shares[materials][count]: how much of each material lies in boxes of zones, pure ones too, as a fraction of the
 * zone. boxes[count][2 * dimensions]: low corner then high corner, (x0, y0, x1, y1) or (x0, y0, z0, x1, y1, z1), in
 * units of the zone from its low corner. */
INLOOP_API int inloop_face_share_f64(const inloop_face *face, int64_t count, const int64_t *zones, const double *boxes,
                                     double *shares);
INLOOP_API int inloop_face_share_f32(const inloop_face *face, int64_t count, const int64_t *zones, const float *boxes,
                                     float *shares);

/* One entry for each mixed zone and material present in it: vectors[count][dimensions], unit vectors out of the
 * material. */
INLOOP_API int inloop_face_normals_size(const inloop_face *face, int64_t *count);
INLOOP_API int inloop_face_normals(const inloop_face *face, int64_t *zones, int16_t *materials, double *vectors);

/* The exact pieces of one material in the mixed zones, convex, several a zone where needed. Piece p lies in zones[p]
 * and has the vertices points[start[p]] .. points[start[p + 1] - 1]; start has polygons + 1 entries, the first is 0.
 * Two dimensions: points[vertices][2], counter-clockwise. */
INLOOP_API int inloop_face_polygons_size(const inloop_face *face, int material, int64_t *polygons, int64_t *vertices);
INLOOP_API int inloop_face_polygons(const inloop_face *face, int material, int64_t *zones, int64_t *start,
                                    double *points);

/* Three dimensions: points[vertices][3] as above; piece p has the sides side_start[p] .. side_start[p + 1] - 1, side
 * s the vertices corner[corner_start[s]] .. corner[corner_start[s + 1] - 1], counted within the piece from 0,
 * counter-clockwise from outside. side_start has polyhedra + 1 entries, corner_start sides + 1. */
INLOOP_API int inloop_face_polyhedra_size(const inloop_face *face, int material, int64_t *polyhedra, int64_t *vertices,
                                          int64_t *sides, int64_t *corners);
INLOOP_API int inloop_face_polyhedra(const inloop_face *face, int material, int64_t *zones, int64_t *start,
                                     double *points, int64_t *side_start, int64_t *corner_start, int64_t *corner);

/* The interface: straight segments in two dimensions, convex facets in three. Part p lies in zones[p], between the
 * materials pairs[p][0] (on the segment's left; the facet's inner side) and pairs[p][1]; its vertices are
 * points[start[p]] .. points[start[p + 1] - 1]. start has parts + 1 entries. */
INLOOP_API int inloop_face_outline_size(const inloop_face *face, int64_t *parts, int64_t *vertices);
INLOOP_API int inloop_face_outline(const inloop_face *face, int64_t *zones, int16_t *pairs, int64_t *start,
                                   double *points);

/* Over all edges (3D: faces) between two mixed zones, the share on which the two sides disagree about the material. */
INLOOP_API int inloop_face_continuity(const inloop_face *face, double *mean, double *maximum);

/* Over all mixed zones, the largest |measure of a material - its fraction|, as a fraction of the zone. */
INLOOP_API int inloop_face_conservation(const inloop_face *face, double *mean, double *maximum);

/* ---- A small network on rows of numbers ------------------------------------------------------------------------ */

/* A learned kernel that is no reconstruction: from rows of physical numbers to rows of physical numbers. What a row's
 * answer is depends on that row alone. Set up once; several threads may then run it at once.
 *
 *     inloop_rows *kernel;
 *     inloop_rows_open(folder, &kernel);
 *     inloop_rows_run_f64(kernel, count, rows, NULL, answers);
 *     inloop_rows_close(kernel); */
typedef struct inloop_rows inloop_rows;

/* Opens a bundle whose network is of kind "perceptron", from its folder, as inloop_open_bundle does. */
INLOOP_API int inloop_rows_open(const char *folder, inloop_rows **kernel);

/* How many threads a call may use; 1 at first. */
INLOOP_API int inloop_rows_threads(inloop_rows *kernel, int threads);

/* How many numbers a row has, and how many answers; either pointer may be NULL. */
INLOOP_API int inloop_rows_shape(const inloop_rows *kernel, int *inputs, int *outputs);

/* What input number `input` of a row, from 0, is called; valid until the kernel is closed. */
INLOOP_API int inloop_rows_input(const inloop_rows *kernel, int input, const char **name);

/* rows[count][inputs] to answers[count][outputs], each row's answers times factor[count] if that is not NULL. Features
 * are made in double and the network is evaluated in float, whichever is called. */
INLOOP_API int inloop_rows_run_f64(const inloop_rows *kernel, int64_t count, const double *rows, const double *factor,
                                   double *answers);
INLOOP_API int inloop_rows_run_f32(const inloop_rows *kernel, int64_t count, const float *rows, const float *factor,
                                   float *answers);

INLOOP_API void inloop_rows_close(inloop_rows *kernel); /* NULL is allowed */

#ifdef __cplusplus
}
#endif

#endif
