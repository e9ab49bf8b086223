! A disk on the border between two more materials: nested cuts in the order found zone by zone, in a given order, and a
! power diagram, which needs none. The area of each material's pieces is what the fractions say.
program three_materials
    use inloop
    use, intrinsic :: iso_fortran_env, only: int64, real64
    implicit none
    integer, parameter :: n = 8, points = 16, materials = 3
    real(real64) :: f(n, n, materials)
    type(inloop_method) :: method

    call fill()
    call inloop_open(method, 'elvira', 2)
    call report('elvira, order auto')
    call inloop_set(method, 'order', [3, 1, 2])
    call report('elvira, order 2,0,1')
    call inloop_open(method, 'youngs', 2)
    call report('youngs, order auto')
    call inloop_open(method, 'power', 2)
    call report('power, order auto')
    call inloop_close(method)

contains

    ! Fractions by counting points: material 1 in the disk, else 2 on the left and 3 on the right.
    subroutine fill()
        real(real64) :: x, y, dx, dy
        integer :: p, q, i, j, material

        f = 0
        do q = 0, n*points - 1
            do p = 0, n*points - 1
                x = (p + 0.5_real64)/(n*points)
                y = (q + 0.5_real64)/(n*points)
                dx = x - 0.52_real64
                dy = y - 0.47_real64
                material = merge(2, 3, x < 0.44_real64)
                if (dx*dx + dy*dy < 0.27_real64*0.27_real64) material = 1
                i = p/points + 1
                j = q/points + 1
                f(i, j, material) = f(i, j, material) + 1.0_real64/(points*points)
            end do
        end do
    end subroutine

    subroutine report(name)
        character(*), intent(in) :: name
        type(inloop_face) :: face
        integer(int64), allocatable :: zones(:, :), start(:)
        real(real64), allocatable :: v(:, :)
        integer :: m

        call inloop_run(method, f, face, inloop_mesh(spacing=[1, 1]/real(n, real64)))
        print '(a)', name
        do m = 1, materials
            call inloop_polygons(face, m, zones, start, v)
            print '(a, i0, a, i0, 2es25.16e3)', 'material ', m - 1, ': polygons, area, perimeter ', size(zones, 2), &
                area_of(start, v), perimeter_of(start, v)
        end do
        call inloop_close(face)
    end subroutine

    ! Area of all polygons, each fanned out from its first vertex.
    real(real64) function area_of(start, v) result(area)
        integer(int64), intent(in) :: start(:)
        real(real64), intent(in) :: v(:, :)
        real(real64) :: a(2), b(2)
        integer(int64) :: i
        integer :: p

        area = 0
        do p = 1, size(start) - 1
            do i = start(p) + 1, start(p + 1) - 2
                a = v(:, i) - v(:, start(p))
                b = v(:, i + 1) - v(:, start(p))
                area = area + (a(1)*b(2) - a(2)*b(1))/2
            end do
        end do
    end function

    real(real64) function perimeter_of(start, v) result(perimeter)
        integer(int64), intent(in) :: start(:)
        real(real64), intent(in) :: v(:, :)
        real(real64) :: side(2)
        integer(int64) :: i
        integer :: p

        perimeter = 0
        do p = 1, size(start) - 1
            do i = start(p), start(p + 1) - 1
                side = v(:, merge(i + 1, start(p), i + 1 < start(p + 1))) - v(:, i)
                perimeter = perimeter + sqrt(side(1)*side(1) + side(2)*side(2))
            end do
        end do
    end function

end program
