! A mesh in two blocks, as two ranks would hold it: with one layer of the neighbour's zones each block gives what the
! whole mesh gives, bit for bit. Blocks are sections of the array, halo layers included.
program blocks_and_halo
    use disk
    use inloop
    use, intrinsic :: iso_fortran_env, only: real64
    implicit none
    integer, parameter :: n = 16, half = n/2, k = 4
    character(6), parameter :: methods(3) = [character(6) :: 'youngs', 'elvira', 'lvira']
    integer, parameter :: mirrors(2, 2) = inloop_side_mirror
    real(real64) :: f(n, n), total
    real(real64), allocatable :: whole(:, :, :), part(:, :, :)
    type(inloop_method) :: method
    type(inloop_mesh) :: mesh
    type(inloop_face) :: face
    integer :: m, right, layers, differ, i, j

    call disk_fractions(n, 0.51_real64, 0.493_real64, 0.3_real64, f)
    mesh%spacing = [1, 1]/real(n, real64)
    mesh%side = mirrors
    do m = 1, size(methods)
        call inloop_open(method, methods(m), 2)
        layers = inloop_halo_width(method)
        mesh%origin = [0, 0]
        mesh%halo = reshape([0, 0, 0, 0], [2, 2])
        call inloop_run(method, f, face, mesh)
        call inloop_coverage(face, k, whole)
        differ = 0
        total = 0
        do right = 0, 1
            mesh%origin = [right*0.5_real64, 0.0_real64]
            if (right == 0) then
                mesh%halo(:, 1) = [0, layers]
                call inloop_run(method, f(1:half + layers, :), face, mesh)
            else
                mesh%halo(:, 1) = [layers, 0]
                call inloop_run(method, f(half + 1 - layers:n, :), face, mesh)
            end if
            call inloop_coverage(face, k, part)
            differ = differ + count(abs(part - whole(right*half*k + 1:(right + 1)*half*k, :, :)) > 0)
            do j = 1, n*k
                do i = 1, half*k
                    total = total + part(i, j, 1)*i
                end do
            end do
        end do
        print '(2a, 2(1x, i0), es25.16e3)', trim(methods(m)), ': halo, sub-zones that differ, checksum', layers, &
            differ, total
        call inloop_close(face)
        call inloop_close(method)
    end do
end program
