! A disk carried once across a periodic mesh, one direction at a time. In each half step a strip of every zone flows
! into the next one; how much of the disk is in the strip is what inloop_share says. Nothing is lost.
program remap_shares
    use disk
    use inloop
    use, intrinsic :: iso_fortran_env, only: int64, real64
    implicit none
    integer, parameter :: n = 16, steps = 4*n
    character(6), parameter :: methods(3) = [character(6) :: 'slic', 'youngs', 'elvira']
    integer, parameter :: periodic(2, 2) = inloop_side_periodic
    real(real64), parameter :: courant = 0.25_real64
    real(real64) :: start(n, n), f(n, n), before, after, error
    integer(int64) :: every_zone(2, n*n)
    type(inloop_method) :: method
    type(inloop_mesh) :: mesh
    integer :: m, step, i, j

    call disk_fractions(n, 0.5_real64, 0.5_real64, 0.25_real64, start)
    do j = 1, n
        do i = 1, n
            every_zone(:, i + n*(j - 1)) = [i, j]
        end do
    end do
    mesh%side = periodic
    do m = 1, size(methods)
        call inloop_open(method, methods(m), 2) ! once, not every step
        f = start
        do step = 0, steps - 1
            call sweep(1 + modulo(step, 2))
            call sweep(2 - modulo(step, 2))
        end do
        before = 0
        after = 0
        error = 0
        do j = 1, n
            do i = 1, n
                before = before + start(i, j)
                after = after + f(i, j)
                error = error + abs(f(i, j) - start(i, j))
            end do
        end do
        print '(2a, 3es25.16e3)', trim(methods(m)), ': area before, after, difference', before, after, error
        call inloop_close(method)
    end do

contains

    ! One half step along an axis: 1 is x.
    subroutine sweep(axis)
        integer, intent(in) :: axis
        type(inloop_face) :: face
        real(real64) :: strip(4), leaving(n, n)
        real(real64), allocatable :: shares(:, :)

        strip = [0, 0, 1, 1]
        strip(axis) = 1 - courant
        call inloop_run(method, f, face, mesh)
        call inloop_share(face, every_zone, spread(strip, 2, n*n), shares)
        call inloop_close(face)
        leaving = reshape(shares(:, 1), [n, n])
        f = f - leaving + cshift(leaving, -1, axis)
    end subroutine

end program
