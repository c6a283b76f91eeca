# Installs BUILD into PREFIX, which starts empty: what an earlier installation
# left there must not hide what is missing from this one.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
                        COMMAND_ERROR_IS_FATAL ANY)
