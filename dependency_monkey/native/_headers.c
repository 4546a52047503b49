/* The headers of METADATA that count, in C: a licence of a thousand lines in each of a thousand versions
 * is not rare, and nothing of it is looked at.
 *
 * The same answers as `dependency_monkey.native.headers` gives in Python, which explains them; the
 * tests hold one to the other. Only the limited API is used, as in _walk.c.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

/* The end of the line that begins here, with all lines that go on with it. */
static const char *line_end(const char *place, const char *end) {
    for (;;) {
        const char *found = memchr(place, '\n', (size_t)(end - place));
        if (found == NULL) {
            return end;
        }
        if (found + 1 == end || (found[1] != ' ' && found[1] != '\t')) {
            return found;
        }
        place = found + 1;
    }
}

/* How long the name of a header is; -1 where the line is none. */
static Py_ssize_t name_size(const char *line, const char *end) {
    const char *place = line;
    while (place < end && *place > ' ' && *place <= '~' && *place != ':') {
        place++;
    }
    return place < end && *place == ':' ? place - line : -1;
}

/* Whether it is that name, which is in small letters. */
static int is_named(const char *line, const char *name, Py_ssize_t size) {
    for (Py_ssize_t place = 0; place < size; place++) {
        char letter = line[place];
        if (letter >= 'A' && letter <= 'Z') {
            letter = (char)(letter - 'A' + 'a');
        }
        if (letter != name[place]) {
            return 0;
        }
    }
    return 1;
}

/* 1 where one of the names is that of the line, 0 where none is, -1 with an error set. */
static int counts(const char *line, Py_ssize_t size, PyObject *names, Py_ssize_t name_count) {
    for (Py_ssize_t number = 0; number < name_count; number++) {
        PyObject *item = PyTuple_GetItem(names, number);
        char *name;
        Py_ssize_t length;
        if (item == NULL || PyBytes_AsStringAndSize(item, &name, &length) < 0) {
            return -1;
        }
        if (length == size && is_named(line, name, size)) {
            return 1;
        }
    }
    return 0;
}

PyDoc_STRVAR(header_lines_doc,
    "header_lines(content, names)\n--\n\n"
    "The lines of the headers with these names; see dependency_monkey.native.headers.");

static PyObject *header_lines(PyObject *self, PyObject *args) {
    char *content;
    Py_ssize_t size, name_count;
    PyObject *bytes, *names, *found;
    (void)self;
    if (!PyArg_ParseTuple(args, "SO!:header_lines", &bytes, &PyTuple_Type, &names) ||
        PyBytes_AsStringAndSize(bytes, &content, &size) < 0 ||
        (name_count = PyTuple_Size(names)) < 0 || (found = PyList_New(0)) == NULL) {
        return NULL;
    }
    const char *end = content + size;
    for (const char *line = content; line < end && *line != '\n';) {
        const char *behind = line_end(line, end);
        Py_ssize_t named = name_size(line, behind);
        if (named < 0) { /* the description begins without a blank line */
            break;
        }
        int wanted = counts(line, named, names, name_count);
        if (wanted > 0) {
            PyObject *item = PyBytes_FromStringAndSize(line, behind - line);
            if (item == NULL || PyList_Append(found, item) < 0) {
                wanted = -1;
            }
            Py_XDECREF(item);
        }
        if (wanted < 0) {
            Py_DECREF(found);
            return NULL;
        }
        line = behind < end ? behind + 1 : end;
    }
    return found;
}

static PyMethodDef methods[] = {
    {"header_lines", header_lines, METH_VARARGS, header_lines_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_headers", "The headers of METADATA that count, in C.", 0, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__headers(void) { return PyModule_Create(&module); }
