# find_package(prefect_secrets) gives prefect_secrets::shared and prefect_secrets::static.

if(TARGET prefect_secrets::shared)
    return()
endif()

# Links are followed: /lib may be one to /usr/lib.
get_filename_component(_prefect_secrets_prefix "${CMAKE_CURRENT_LIST_DIR}" REALPATH)
get_filename_component(_prefect_secrets_prefix "${_prefect_secrets_prefix}/@UP@" ABSOLUTE)
set(_prefect_secrets_libdir "${_prefect_secrets_prefix}/@LIBDIR@")

foreach(_prefect_secrets_file IN ITEMS
        "${_prefect_secrets_libdir}/libprefect_secrets.so.@VERSION@"
        "${_prefect_secrets_libdir}/libprefect_secrets.a"
        "${_prefect_secrets_prefix}/include/prefect_secrets.h")
    if(NOT EXISTS "${_prefect_secrets_file}")
        set(prefect_secrets_FOUND FALSE)
        set(prefect_secrets_NOT_FOUND_MESSAGE "${_prefect_secrets_file} is missing")
        return()
    endif()
endforeach()

foreach(_prefect_secrets_component IN LISTS prefect_secrets_FIND_COMPONENTS)
    if(prefect_secrets_FIND_REQUIRED_${_prefect_secrets_component}
            AND NOT _prefect_secrets_component MATCHES "^(shared|static)$")
        set(prefect_secrets_FOUND FALSE)
        set(prefect_secrets_NOT_FOUND_MESSAGE "there are shared and static")
        return()
    endif()
    set(prefect_secrets_${_prefect_secrets_component}_FOUND TRUE)
endforeach()

add_library(prefect_secrets::shared SHARED IMPORTED)
set_target_properties(prefect_secrets::shared PROPERTIES
    IMPORTED_LOCATION "${_prefect_secrets_libdir}/libprefect_secrets.so.@VERSION@"
    IMPORTED_SONAME "libprefect_secrets.so.@MAJOR@"
    INTERFACE_INCLUDE_DIRECTORIES "${_prefect_secrets_prefix}/include")

add_library(prefect_secrets::static STATIC IMPORTED)
set_target_properties(prefect_secrets::static PROPERTIES
    IMPORTED_LOCATION "${_prefect_secrets_libdir}/libprefect_secrets.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES "C"
    INTERFACE_LINK_LIBRARIES "@PRIVATE_LIST@"
    INTERFACE_INCLUDE_DIRECTORIES "${_prefect_secrets_prefix}/include")

unset(_prefect_secrets_prefix)
unset(_prefect_secrets_libdir)
unset(_prefect_secrets_file)
unset(_prefect_secrets_component)
