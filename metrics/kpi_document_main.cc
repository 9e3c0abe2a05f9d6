// Writes the catalogue's document to standard output.
#include <iostream>

#include "metrics/kpi_document.h"

int main() {
  std::cout << kpid::metrics::KpiDocument();
  std::cout.flush();
  return std::cout ? 0 : 1;
}
