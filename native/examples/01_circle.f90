! A circle rebuilt by every method: what it costs in misplaced area, lost area and torn edges.
program circle
    use disk
    use inloop
    use, intrinsic :: iso_fortran_env, only: real64
    implicit none
    integer, parameter :: n = 16, k = 8, points = disk_points/k ! a side of: mesh, zone, sub-zone
    real(real64), parameter :: cx = 0.51_real64, cy = 0.493_real64, r = 0.3_real64
    character(8), parameter :: methods(6) = [character(8) :: 'slic', 'youngs', 'elvira', 'lvira', 'mof', 'equiz']
    real(real64) :: f(n, n), centroids(2, n, n), truth(n*k, n*k), total(2), mean, lost, torn, misplaced
    real(real64), allocatable :: coverage(:, :, :)
    type(inloop_method) :: method
    type(inloop_mesh) :: mesh
    type(inloop_face) :: face
    integer :: i, j, m

    call disk_fractions(n, cx, cy, r, f, centroids)
    do j = 1, n*k
        do i = 1, n*k
            truth(i, j) = disk_count(n, (i - 1)*points, (j - 1)*points, points, cx, cy, r, total)*1.0_real64/points**2
        end do
    end do

    mesh%spacing = [1, 1]/real(n, real64)
    do m = 1, size(methods)
        call inloop_open(method, methods(m), 2)
        call inloop_run(method, f, face, mesh, centroids)
        call inloop_coverage(face, k, coverage)
        call inloop_conservation(face, mean, lost)
        call inloop_continuity(face, mean, torn)
        misplaced = 0
        do j = 1, n*k
            do i = 1, n*k
                misplaced = misplaced + abs(coverage(i, j, 1) - truth(i, j))
            end do
        end do
        print '(a8, i4, 3es25.16e3)', methods(m), face%mixed, misplaced/(n*k)**2, lost, torn
        call inloop_close(face)
        call inloop_close(method)
    end do
end program
