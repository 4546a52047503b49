/* Walks over the compiled space, in C: enumerate and score, sample uniformly, find the best.
 *
 * The same answers as `dependency_monkey.native.reference` gives in Python, which explains them; the
 * tests hold one to the other. Only the limited API is used, so that one build serves Python 3.11
 * and all later versions.
 *
 * A graph comes as three arrays of int32: `nodes` holds (kind, first, count) for each node, `edges`
 * the parts and branches, `versions` the versions of the leaves, newest first, each numbered through
 * all packages. Parts and branches have smaller numbers than their node. Arrays are checked before
 * they are walked: a wrong one is a ValueError, never a wild read nor a walk without end. The walk runs
 * without the interpreter's lock: whoever calls must leave the arrays as they are meanwhile.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LEAF = 0, AND = 1, OR = 2 };

/* Knuth's multiplier for a 64-bit linear congruential generator: makes the sum depend on the order. */
#define MULTIPLIER 6364136223846793005ULL
/* A way down needs two frames of the stack for each node on it, some 2 MB at most; deeper graphs are
 * refused. A space of 1,000 packages is some 3,000 deep. */
#define DEEPEST 8000

typedef struct {
    Py_buffer nodes, edges, versions;
    const int32_t *node, *edge, *version;
    Py_ssize_t node_count, edge_count, version_count;
    int32_t root, version_total;
} Graph;

/* The items of an array: `each` of `word` bytes make one. */
static int take(PyObject *object, Py_buffer *view, Py_ssize_t word, Py_ssize_t each, const char *name) {
    const char *fault = NULL;
    if (PyObject_GetBuffer(object, view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    if (view->len % (word * each)) {
        fault = "is no whole number of items";
    } else if (view->len && (uintptr_t)view->buf % (size_t)word) { /* an empty one lies anywhere */
        fault = "does not begin at a whole word";
    }
    if (fault != NULL) {
        PyErr_Format(PyExc_ValueError, "%s %s", name, fault);
        PyBuffer_Release(view);
        return -1;
    }
    return 0;
}

static void graph_release(Graph *graph) {
    PyBuffer_Release(&graph->nodes);
    PyBuffer_Release(&graph->edges);
    PyBuffer_Release(&graph->versions);
}

/* Whether every node points where something is, and only to smaller nodes. Also bounds the depth: as
 * many nodes as a way down meets at most, which is what the walks' own stacks hold. */
static const char *graph_fault(Graph *graph) {
    int32_t *depth = PyMem_Malloc(sizeof(int32_t) * (size_t)(graph->node_count + 1));
    const char *fault = NULL;
    if (depth == NULL) {
        return "no memory";
    }
    graph->version_total = 0;
    for (Py_ssize_t number = 0; number < graph->node_count && fault == NULL; number++) {
        const int32_t *node = graph->node + 3 * number;
        int64_t first = node[1], count = node[2];
        Py_ssize_t size = node[0] == LEAF ? graph->version_count : graph->edge_count;
        depth[number] = 1;
        if (node[0] < LEAF || node[0] > OR) {
            fault = "a node is of no known kind";
        } else if (first < 0 || count < 1 || first + count > size) {
            fault = "a node points outside of its array";
        } else if (node[0] == LEAF) {
            for (int64_t place = first; place < first + count; place++) {
                if (graph->version[place] < 0 || graph->version[place] == INT32_MAX) {
                    fault = "a version has no number";
                } else if (graph->version[place] >= graph->version_total) {
                    graph->version_total = graph->version[place] + 1;
                }
            }
        } else {
            int64_t below = 0;
            for (int64_t place = first; place < first + count; place++) {
                int32_t child = graph->edge[place];
                if (child < 0 || child >= number) {
                    fault = "a node is made of itself or of a later one";
                    break;
                }
                below = node[0] == AND ? below + depth[child]
                                       : (below > depth[child] ? below : depth[child]);
            }
            if (fault == NULL && below >= DEEPEST) {
                fault = "the graph is too deep";
            }
            depth[number] = (int32_t)(below + 1);
        }
    }
    if (fault == NULL && (graph->root < 0 || graph->root >= graph->node_count)) {
        fault = "the root is no node";
    }
    PyMem_Free(depth);
    return fault;
}

static int graph_take(Graph *graph, PyObject *nodes, PyObject *edges, PyObject *versions, int root) {
    if (take(nodes, &graph->nodes, sizeof(int32_t), 3, "nodes") < 0) {
        return -1;
    }
    if (take(edges, &graph->edges, sizeof(int32_t), 1, "edges") < 0) {
        PyBuffer_Release(&graph->nodes);
        return -1;
    }
    if (take(versions, &graph->versions, sizeof(int32_t), 1, "versions") < 0) {
        PyBuffer_Release(&graph->nodes);
        PyBuffer_Release(&graph->edges);
        return -1;
    }
    graph->node = graph->nodes.buf;
    graph->edge = graph->edges.buf;
    graph->version = graph->versions.buf;
    graph->node_count = graph->nodes.len / (Py_ssize_t)(3 * sizeof(int32_t));
    graph->edge_count = graph->edges.len / (Py_ssize_t)sizeof(int32_t);
    graph->version_count = graph->versions.len / (Py_ssize_t)sizeof(int32_t);
    graph->root = root;
    const char *fault = graph_fault(graph);
    if (fault != NULL) {
        PyErr_SetString(PyExc_ValueError, fault);
        graph_release(graph);
        return -1;
    }
    return 0;
}

/* --- enumerate and score ------------------------------------------------------------------- */

/* What is left to choose after the node in hand: parts of an AND, then what came before it. */
typedef struct Rest {
    const int32_t *parts;
    int32_t count;
    const struct Rest *next;
} Rest;

typedef struct {
    const Graph *graph;
    const int64_t *score;
    const int32_t *path; /* where the first way begins: a place for each OR and leaf on it */
    Py_ssize_t path_length, consumed;
    uint64_t left, done, checksum;
    int64_t best, worst;
} Walk;

static int32_t begin(Walk *walk, int32_t count) {
    if (walk->consumed < walk->path_length) {
        int32_t place = walk->path[walk->consumed++];
        return place < 0 || place >= count ? 0 : place;
    }
    return 0;
}

static int visit(Walk *walk, int32_t number, uint64_t sum, const Rest *rest);

static int proceed(Walk *walk, uint64_t sum, const Rest *rest) {
    if (rest->count == 1) {
        return visit(walk, rest->parts[0], sum, rest->next);
    }
    Rest after = {rest->parts + 1, rest->count - 1, rest->next};
    return visit(walk, rest->parts[0], sum, &after);
}

static int last_leaf(Walk *walk, const int32_t *versions, int32_t count, uint64_t sum) {
    int32_t place = begin(walk, count);
    int32_t end = count;
    int stop = 0;
    if ((uint64_t)(count - place) >= walk->left) {
        end = place + (int32_t)walk->left;
        stop = 1;
    }
    uint64_t checksum = walk->checksum;
    int64_t best = walk->best, worst = walk->worst;
    walk->left -= (uint64_t)(end - place);
    walk->done += (uint64_t)(end - place);
    for (; place < end; place++) {
        uint64_t total = sum + (uint64_t)walk->score[versions[place]];
        int64_t value = (int64_t)total;
        checksum = checksum * MULTIPLIER + total;
        best = value > best ? value : best;
        worst = value < worst ? value : worst;
    }
    walk->checksum = checksum;
    walk->best = best;
    walk->worst = worst;
    return stop;
}

/* Every way down from a node; 1 as soon as enough stacks were seen. */
static int visit(Walk *walk, int32_t number, uint64_t sum, const Rest *rest) {
    const int32_t *node = walk->graph->node + 3 * (Py_ssize_t)number;
    const int32_t count = node[2];
    if (node[0] == LEAF) {
        const int32_t *versions = walk->graph->version + node[1];
        if (rest == NULL) {
            return last_leaf(walk, versions, count, sum);
        }
        for (int32_t place = begin(walk, count); place < count; place++) {
            if (proceed(walk, sum + (uint64_t)walk->score[versions[place]], rest)) {
                return 1;
            }
        }
        return 0;
    }
    const int32_t *edges = walk->graph->edge + node[1];
    if (node[0] == AND) {
        Rest parts = {edges, count, rest};
        return proceed(walk, sum, &parts);
    }
    for (int32_t place = begin(walk, count); place < count; place++) {
        if (visit(walk, edges[place], sum, rest)) {
            return 1;
        }
    }
    return 0;
}

PyDoc_STRVAR(enumerate_doc,
"enumerate(nodes, edges, versions, root, scores, path, limit)\n--\n\n"
"Score up to `limit` stacks in rank order, from the one that `path` leads to.\n\n"
"Returns (stacks, checksum, best, worst); scores are int64 and wrap around.");

static PyObject *walk_enumerate(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *nodes, *edges, *versions, *scores, *path;
    Py_buffer score, places;
    Graph graph;
    Walk walk = {0};
    int root;
    unsigned long long limit;
    if (!PyArg_ParseTuple(arguments, "OOOiOOK", &nodes, &edges, &versions, &root, &scores, &path,
                          &limit)) {
        return NULL;
    }
    if (graph_take(&graph, nodes, edges, versions, root) < 0) {
        return NULL;
    }
    if (take(scores, &score, sizeof(int64_t), 1, "scores") < 0) {
        graph_release(&graph);
        return NULL;
    }
    if (take(path, &places, sizeof(int32_t), 1, "path") < 0) {
        PyBuffer_Release(&score);
        graph_release(&graph);
        return NULL;
    }
    PyObject *answer = NULL;
    if (score.len / (Py_ssize_t)sizeof(int64_t) < graph.version_total) {
        PyErr_SetString(PyExc_ValueError, "a version has no score");
    } else {
        walk.graph = &graph;
        walk.score = score.buf;
        walk.path = places.buf;
        walk.path_length = places.len / (Py_ssize_t)sizeof(int32_t);
        walk.left = limit;
        walk.best = INT64_MIN;
        walk.worst = INT64_MAX;
        if (limit > 0) {
            Py_BEGIN_ALLOW_THREADS
            visit(&walk, graph.root, 0, NULL);
            Py_END_ALLOW_THREADS
        }
        answer = Py_BuildValue("(KKLL)", (unsigned long long)walk.done,
                               (unsigned long long)walk.checksum, (long long)walk.best,
                               (long long)walk.worst);
    }
    PyBuffer_Release(&places);
    PyBuffer_Release(&score);
    graph_release(&graph);
    return answer;
}

/* --- sample -------------------------------------------------------------------------------- */

/* xoshiro256** 1.0 by D. Blackman and S. Vigna (2018), as published: the state is the seed. */
typedef struct {
    uint64_t s[4];
} Source;

static inline uint64_t rotate(uint64_t value, int by) { return (value << by) | (value >> (64 - by)); }

static inline uint64_t draw(Source *source) {
    uint64_t *s = source->s;
    const uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Uniform below `bound` (> 0): the smallest power of two that holds it, drawn until it fits. */
static uint64_t below(Source *source, uint64_t bound) {
    uint64_t mask = bound - 1, value;
    mask |= mask >> 1;
    mask |= mask >> 2;
    mask |= mask >> 4;
    mask |= mask >> 8;
    mask |= mask >> 16;
    mask |= mask >> 32;
    do {
        value = draw(source) & mask;
    } while (value >= bound);
    return value;
}

static int smaller(const uint64_t *a, const uint64_t *b, int64_t words) {
    for (int64_t word = words - 1; word >= 0; word--) { /* the last word weighs most */
        if (a[word] != b[word]) {
            return a[word] < b[word];
        }
    }
    return 0;
}

/* The branch of an OR, each as likely as it has ways down: the first whose end lies above a number
 * drawn below the end of the last, in as many words as that one has. Exact for numbers of any size. */
static int32_t branch(Source *source, const uint64_t *ends, int64_t words, int32_t count,
                      uint64_t *drawn) {
    const uint64_t *total = ends + (int64_t)(count - 1) * words;
    int64_t used = words;
    while (used > 1 && total[used - 1] == 0) {
        used--;
    }
    uint64_t mask = total[used - 1];
    mask |= mask >> 1;
    mask |= mask >> 2;
    mask |= mask >> 4;
    mask |= mask >> 8;
    mask |= mask >> 16;
    mask |= mask >> 32;
    do {
        for (int64_t word = 0; word < used; word++) {
            drawn[word] = draw(source);
        }
        drawn[used - 1] &= mask;
    } while (!smaller(drawn, total, used));
    int32_t low = 0, high = count - 1;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (smaller(drawn, ends + (int64_t)middle * words, used)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Whether every branch of every OR has a way down. */
static int ends_rise(const Graph *graph, const uint64_t *ends, int64_t words) {
    for (Py_ssize_t number = 0; number < graph->node_count; number++) {
        const int32_t *node = graph->node + 3 * number;
        if (node[0] != OR) {
            continue;
        }
        const uint64_t *end = ends + (int64_t)node[1] * words;
        int64_t word = 0;
        while (word < words && end[word] == 0) {
            word++;
        }
        if (word == words) {
            return 0;
        }
        for (int32_t place = 1; place < node[2]; place++, end += words) {
            if (!smaller(end, end + words, words)) {
                return 0;
            }
        }
    }
    return 1;
}

PyDoc_STRVAR(sample_doc,
"sample(nodes, edges, versions, root, ends, words, number, state, packages_of, packages)\n--\n\n"
"Draw `number` stacks uniformly.\n\n"
"`ends` holds for each OR node its offset's cumulated numbers of ways, `words` uint64 each, least\n"
"word first, in the order of `edges`; `state` is 32 bytes of seed; `packages_of` the package of each\n"
"version. Returns int32 values: for each stack and package the version, or -1.");

static PyObject *walk_sample(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *nodes, *edges, *versions, *ends_object, *state_object, *packages_object;
    Py_buffer ends = {0}, state = {0}, packages_of = {0};
    Graph graph;
    int root, words, packages;
    Py_ssize_t number;
    if (!PyArg_ParseTuple(arguments, "OOOiOinOOi", &nodes, &edges, &versions, &root, &ends_object,
                          &words, &number, &state_object, &packages_object, &packages)) {
        return NULL;
    }
    if (graph_take(&graph, nodes, edges, versions, root) < 0) {
        return NULL;
    }
    PyObject *answer = NULL;
    int32_t *stack = NULL;
    uint64_t *drawn = NULL;
    if (take(ends_object, &ends, sizeof(uint64_t), 1, "ends") < 0 ||
        take(state_object, &state, sizeof(uint64_t), 1, "state") < 0 ||
        take(packages_object, &packages_of, sizeof(int32_t), 1, "packages_of") < 0) {
        goto done;
    }
    if (words < 1 || packages < 1 || number < 0 || state.len != 32 ||
        ends.len / (Py_ssize_t)sizeof(uint64_t) / words < graph.edge_count ||
        packages_of.len / (Py_ssize_t)sizeof(int32_t) < graph.version_total) {
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit each other");
        goto done;
    }
    const int32_t *package = packages_of.buf;
    for (int32_t version = 0; version < graph.version_total; version++) {
        if (package[version] < 0 || package[version] >= packages) {
            PyErr_SetString(PyExc_ValueError, "a version belongs to no package");
            goto done;
        }
    }
    if (!ends_rise(&graph, ends.buf, words)) {
        PyErr_SetString(PyExc_ValueError, "a branch has no way down");
        goto done;
    }
    if (number > PY_SSIZE_T_MAX / packages / (Py_ssize_t)sizeof(int32_t)) {
        PyErr_NoMemory();
        goto done;
    }
    stack = PyMem_Malloc(sizeof(int32_t) * (DEEPEST + 2));
    drawn = PyMem_Malloc(sizeof(uint64_t) * (size_t)words);
    if (stack == NULL || drawn == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    answer = PyBytes_FromStringAndSize(NULL, number * packages * (Py_ssize_t)sizeof(int32_t));
    if (answer == NULL) {
        goto done;
    }
    Source source;
    memcpy(source.s, state.buf, sizeof(source.s));
    int32_t *out = (int32_t *)PyBytes_AsString(answer);
    memset(out, 0xff, (size_t)(number * packages) * sizeof(int32_t));
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t one = 0; one < number; one++, out += packages) {
        Py_ssize_t top = 0;
        stack[top++] = graph.root;
        while (top > 0) {
            const int32_t *node = graph.node + 3 * (Py_ssize_t)stack[--top];
            if (node[0] == LEAF) {
                int32_t version = graph.version[node[1] + (int32_t)below(&source, (uint64_t)node[2])];
                out[package[version]] = version;
            } else if (node[0] == AND) {
                for (int32_t part = 0; part < node[2]; part++) {
                    stack[top++] = graph.edge[node[1] + part];
                }
            } else {
                int32_t chosen = branch(&source, (const uint64_t *)ends.buf + (int64_t)node[1] * words,
                                        words, node[2], drawn);
                stack[top++] = graph.edge[node[1] + chosen];
            }
        }
    }
    Py_END_ALLOW_THREADS
done:
    PyMem_Free(stack);
    PyMem_Free(drawn);
    if (ends.obj != NULL) {
        PyBuffer_Release(&ends);
    }
    if (state.obj != NULL) {
        PyBuffer_Release(&state);
    }
    if (packages_of.obj != NULL) {
        PyBuffer_Release(&packages_of);
    }
    graph_release(&graph);
    return answer;
}

/* --- the best ------------------------------------------------------------------------------ */

PyDoc_STRVAR(best_doc,
"best(nodes, edges, versions, root, scores)\n--\n\n"
"A stack with the greatest sum of scores (float64): (score, versions as int32).");

static PyObject *walk_best(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *nodes, *edges, *versions, *scores;
    Py_buffer score = {0};
    Graph graph;
    int root;
    if (!PyArg_ParseTuple(arguments, "OOOiO", &nodes, &edges, &versions, &root, &scores)) {
        return NULL;
    }
    if (graph_take(&graph, nodes, edges, versions, root) < 0) {
        return NULL;
    }
    PyObject *answer = NULL;
    double *greatest = PyMem_Malloc(sizeof(double) * (size_t)graph.node_count);
    int32_t *chosen = PyMem_Malloc(sizeof(int32_t) * (size_t)graph.node_count);
    int32_t *stack = PyMem_Malloc(sizeof(int32_t) * (DEEPEST + 2));
    int32_t *found = PyMem_Malloc(sizeof(int32_t) * (DEEPEST + 2));
    if (greatest == NULL || chosen == NULL || stack == NULL || found == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    if (take(scores, &score, sizeof(double), 1, "scores") < 0) {
        goto done;
    }
    if (score.len / (Py_ssize_t)sizeof(double) < graph.version_total) {
        PyErr_SetString(PyExc_ValueError, "a version has no score");
        goto done;
    }
    const double *value = score.buf;
    for (int32_t number = 0; number <= graph.root; number++) {
        const int32_t *node = graph.node + 3 * (Py_ssize_t)number;
        double total = 0.0;
        chosen[number] = 0;
        for (int32_t place = 0; place < node[2]; place++) {
            double one = node[0] == LEAF ? value[graph.version[node[1] + place]]
                                         : greatest[graph.edge[node[1] + place]];
            if (node[0] == AND) {
                total += one;
            } else if (place == 0 || one > total) {
                total = one;
                chosen[number] = place;
            }
        }
        greatest[number] = total;
    }
    Py_ssize_t top = 0, size = 0;
    stack[top++] = graph.root;
    while (top > 0) {
        int32_t number = stack[--top];
        const int32_t *node = graph.node + 3 * (Py_ssize_t)number;
        if (node[0] == LEAF) {
            found[size++] = graph.version[node[1] + chosen[number]];
        } else if (node[0] == OR) {
            stack[top++] = graph.edge[node[1] + chosen[number]];
        } else {
            for (int32_t part = 0; part < node[2]; part++) {
                stack[top++] = graph.edge[node[1] + part];
            }
        }
    }
    answer = Py_BuildValue("(dy#)", greatest[graph.root], (const char *)found,
                           size * (Py_ssize_t)sizeof(int32_t));
done:
    PyMem_Free(greatest);
    PyMem_Free(chosen);
    PyMem_Free(stack);
    PyMem_Free(found);
    if (score.obj != NULL) {
        PyBuffer_Release(&score);
    }
    graph_release(&graph);
    return answer;
}

static PyMethodDef methods[] = {
    {"enumerate", walk_enumerate, METH_VARARGS, enumerate_doc},
    {"sample", walk_sample, METH_VARARGS, sample_doc},
    {"best", walk_best, METH_VARARGS, best_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_walk", "Walks over the compiled space, in C.", 0, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__walk(void) { return PyModule_Create(&module); }
