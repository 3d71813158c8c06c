#include "renorm_node.h"

#include "renorm_reference.h"

void renorm_node_forward(const NetworkReference *r, const Node *node, double *y, const double *x,
                         const double *parameters, const double *mean, const double *variance) {
  const NormProblem *p = &node->norm;
  double *scale = node->correction, *shift = scale + p->n_groups;
  renorm_reference_constants(p, scale, shift, x, mean, variance,
                             p->n_groups / node->n_sample_groups, r->r_max, r->d_max);
  renorm_reference_forward(p, y, x, parameters, parameters + norm_reference_parameters(p), scale,
                           shift);
}

void renorm_node_backward(const Node *node, double *dx, double *gradient, const double *dy,
                          const double *x, const double *parameters) {
  const NormProblem *p = &node->norm;
  renorm_reference_backward(p, dx, gradient, gradient + norm_reference_parameters(p), dy, x,
                            parameters, node->correction, node->correction + p->n_groups);
}
