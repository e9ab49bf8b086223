# The fuzz test, with the core and the C interface compiled into it under sanitizers:
#     cmake -S native -B build/fuzz -DINLOOP_FUZZ=ON -DINLOOP_PYTHON=OFF && build/fuzz/inloop_fuzz
set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
target_compile_options(inloop_core PRIVATE ${sanitizers} -O1)
get_filename_component(bundles ${CMAKE_CURRENT_SOURCE_DIR}/../src/inloop/bundles ABSOLUTE)
add_compile_definitions(INLOOP_BUNDLES="${bundles}")

add_executable(inloop_fuzz fuzz/fuzz.cpp ${INLOOP_C_SOURCES})
target_link_libraries(inloop_fuzz PRIVATE inloop_core)
target_compile_options(inloop_fuzz PRIVATE ${sanitizers} -O1 -Wall -Wextra)
target_link_options(inloop_fuzz PRIVATE ${sanitizers})

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang") # guided by coverage: inloop_libfuzzer [CORPUS]
  target_compile_options(inloop_core PRIVATE -fsanitize=fuzzer-no-link)
  add_executable(inloop_libfuzzer fuzz/fuzz.cpp ${INLOOP_C_SOURCES})
  target_compile_definitions(inloop_libfuzzer PRIVATE INLOOP_LIBFUZZER)
  target_link_libraries(inloop_libfuzzer PRIVATE inloop_core)
  target_compile_options(inloop_libfuzzer PRIVATE ${sanitizers} -fsanitize=fuzzer -O1)
  target_link_options(inloop_libfuzzer PRIVATE ${sanitizers} -fsanitize=fuzzer)
endif()
