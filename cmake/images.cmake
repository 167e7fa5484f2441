# The images that come with Aloft, as folders to build from: build/PRESET/images/NAME/ holds a Dockerfile and the static
# programs it copies. Aloft builds them into its container runtime at the first start; no registry is asked.
find_program(BUSYBOX busybox PATHS /bin /usr/bin NO_DEFAULT_PATH)

# aloft_image(NAME FOLDER SOURCES...): a static program NAME, which is no part of any module, and its image.
function(aloft_image name folder)
  set(context ${PROJECT_BINARY_DIR}/images/${name})
  add_executable(image_${name} ${ARGN})
  # Containers are not sanitized, and their processes are many: small and static.
  set_target_properties(image_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${context})
  target_compile_options(image_${name} PRIVATE -Os -ffunction-sections -fdata-sections -Wall -Wextra -Werror)
  target_link_options(image_${name} PRIVATE -static -s -Wl,--gc-sections)
  configure_file(${folder}/Dockerfile ${context}/Dockerfile COPYONLY)
  set_property(GLOBAL APPEND PROPERTY ALOFT_IMAGES image_${name})
endfunction()

# A shell and the usual tools below CONTEXT/rootfs/bin, each a link to busybox, and a /tmp that everybody may write to.
function(aloft_image_tools name)
  set(bin ${PROJECT_BINARY_DIR}/images/${name}/rootfs/bin)
  set(temporary ${PROJECT_BINARY_DIR}/images/${name}/rootfs/tmp)
  file(MAKE_DIRECTORY ${bin} ${temporary})
  # 1777, sticky, which file(CHMOD) cannot say.
  execute_process(COMMAND chmod 1777 ${temporary} COMMAND_ERROR_IS_FATAL ANY)
  if(BUSYBOX)
    configure_file(${BUSYBOX} ${bin}/busybox COPYONLY)
    foreach(tool IN LISTS ARGN)
      file(CREATE_LINK busybox ${bin}/${tool} SYMBOLIC)
    endforeach()
  endif()
endfunction()

aloft_image(pause ${PROJECT_SOURCE_DIR}/src/node/pause ${PROJECT_SOURCE_DIR}/src/node/pause/main.cpp)
aloft_image(hello ${PROJECT_SOURCE_DIR}/examples/hello ${PROJECT_SOURCE_DIR}/examples/hello/main.cpp)
aloft_image_tools(hello sh cat ls tar env echo sleep wget nc nslookup ip ps id hostname grep head tail mkdir rm cp
  mv touch chmod date df du find kill mount ping pwd stat sync tee test top true false umount uname vi wc xargs)

get_property(images GLOBAL PROPERTY ALOFT_IMAGES)
add_custom_target(images DEPENDS ${images})

# Tests with the real container runtime run these images.
if(TARGET node_test)
  add_dependencies(node_test images)
endif()
