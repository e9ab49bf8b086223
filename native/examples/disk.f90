! A disk on n x n zones of the unit square, by counting 32 x 32 points a zone: the same numbers in every language.
module disk
    use, intrinsic :: iso_fortran_env, only: real64
    implicit none
    integer, parameter :: disk_points = 32

contains

    ! Counts the points of the square of `side` points a side, after point (i, j), that lie in the disk; n zones a
    ! side of the mesh. Adds their coordinates up in `total`.
    integer function disk_count(n, i, j, side, cx, cy, r, total) result(count)
        integer, intent(in) :: n, i, j, side
        real(real64), intent(in) :: cx, cy, r
        real(real64), intent(out) :: total(2)
        real(real64) :: x, y
        integer :: p, q

        count = 0
        total = 0
        do q = j, j + side - 1
            do p = i, i + side - 1
                x = (p + 0.5_real64)/(disk_points*n)
                y = (q + 0.5_real64)/(disk_points*n)
                if ((x - cx)*(x - cx) + (y - cy)*(y - cy) >= r*r) cycle
                count = count + 1
                total = total + [x, y]
            end do
        end do
    end function

    ! f(n, n): the disk's fractions; centroids(2, n, n): its centres of mass, 0 in zones without it.
    subroutine disk_fractions(n, cx, cy, r, f, centroids)
        integer, intent(in) :: n
        real(real64), intent(in) :: cx, cy, r
        real(real64), intent(out) :: f(n, n)
        real(real64), intent(out), optional :: centroids(2, n, n)
        real(real64) :: total(2)
        integer :: i, j, count

        do j = 1, n
            do i = 1, n
                count = disk_count(n, disk_points*(i - 1), disk_points*(j - 1), disk_points, cx, cy, r, total)
                f(i, j) = count/real(disk_points*disk_points, real64)
                if (present(centroids)) centroids(:, i, j) = total/max(count, 1)
            end do
        end do
    end subroutine

end module
