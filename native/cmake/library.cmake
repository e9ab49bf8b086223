# libinloop: the C interface as a shared library, its header, the Fortran module's source and a CMake package. Installed
# below the prefix, which is the Python package itself when pip builds: `inloop config` names the same places.

file(STRINGS include/inloop.h line REGEX "^#define INLOOP_ABI_VERSION")
string(REGEX REPLACE ".*INLOOP_ABI_VERSION +([0-9]+).*" "\\1" abi_version "${line}")

add_library(inloop SHARED ${INLOOP_C_SOURCES})
target_link_libraries(inloop PRIVATE inloop_core)
target_compile_options(inloop PRIVATE -O2 -Wall -Wextra -ffp-contract=off)
target_include_directories(inloop INTERFACE $<INSTALL_INTERFACE:include>)
set(symbols ${CMAKE_CURRENT_SOURCE_DIR}/cmake/symbols.map)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux") # the standard library's templates stay inside too
  target_link_options(inloop PRIVATE "LINKER:--version-script,${symbols}")
endif()
set_target_properties(inloop PROPERTIES SOVERSION ${abi_version} LINK_DEPENDS ${symbols})

install(TARGETS inloop EXPORT inloop LIBRARY DESTINATION lib)
install(FILES include/inloop.h include/inloop.hpp DESTINATION include)
set(fortran_folder share/inloop/fortran)
install(DIRECTORY fortran/ DESTINATION ${fortran_folder})

include(CMakePackageConfigHelpers)
set(cmake_folder lib/cmake/inloop)
install(EXPORT inloop NAMESPACE inloop:: FILE inloop-targets.cmake DESTINATION ${cmake_folder})
configure_package_config_file(cmake/inloop-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/inloop-config.cmake
                              INSTALL_DESTINATION ${cmake_folder} PATH_VARS fortran_folder)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/inloop-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/inloop-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/inloop-config-version.cmake
        DESTINATION ${cmake_folder})
